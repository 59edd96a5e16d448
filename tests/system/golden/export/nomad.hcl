job "server" {
  type = "service"
  group "server" {
    network {
      port "p80" {
        static = 8080
      }
      port "p443" {
        static = 8443
      }
    }
    task "server" {
      driver       = "qemu"
      kill_timeout = "10s"
      config {
        image_path        = "/srv/coracle/server.qcow2"
        accelerator       = "kvm"
        graceful_shutdown = true
        port_map {
          p80 = 80
          p443 = 443
        }
      }
      resources {
        memory = 64
      }
    }
  }
}
