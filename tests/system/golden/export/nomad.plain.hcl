job "plain" {
  type = "service"
  group "plain" {
    task "plain" {
      driver       = "qemu"
      kill_timeout = "10s"
      config {
        image_path        = "/srv/coracle/plain.qcow2"
        accelerator       = "kvm"
        graceful_shutdown = true
      }
      resources {
        memory = 128
      }
    }
  }
}
