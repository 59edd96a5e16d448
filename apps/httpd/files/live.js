"use strict";
// Reads /metrics once a second and shows it.
const history = [];
const points = 120;
let previous = null;

function parse(text) {
  const samples = [];
  for (const line of text.split("\n")) {
    const match = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (!match) continue;
    const labels = {};
    for (const [, key, value] of (match[2] || "").matchAll(/(\w+)="([^"]*)"/g)) labels[key] = value;
    samples.push({ name: match[1], labels, value: Number(match[3]) });
  }
  return samples;
}

const one = (samples, name) => samples.find((s) => s.name === name)?.value ?? 0;
const sum = (samples, name) => samples.filter((s) => s.name === name).reduce((total, s) => total + s.value, 0);
const show = (id, text) => { document.getElementById(id).textContent = text; };

function bytes(n) {
  for (const unit of ["B", "KiB", "MiB", "GiB"]) {
    if (n < 1024 || unit === "GiB") return `${n.toFixed(n < 10 && unit !== "B" ? 1 : 0)} ${unit}`;
    n /= 1024;
  }
}

function duration(seconds) {
  const s = Math.floor(seconds), m = Math.floor(s / 60), h = Math.floor(m / 60);
  return h ? `${h} h ${m % 60} min` : m ? `${m} min ${s % 60} s` : `${seconds.toFixed(1)} s`;
}

function rows(id, lines) {
  const body = document.getElementById(id);
  body.replaceChildren(...lines.map((cells) => {
    const row = document.createElement("tr");
    for (const cell of cells) row.insertCell().textContent = cell;
    return row;
  }));
}

function plot() {
  const top = Math.max(1, ...history);
  const line = history.map((y, i) => `${(i * 600 / (points - 1)).toFixed(1)},${(115 - y / top * 110).toFixed(1)}`);
  document.querySelector("#plot polyline").setAttribute("points", line.join(" "));
}

function showDevices(samples) {
  const series = (name) => samples.filter((s) => s.name === `coracle_net_${name}_total`);
  const of = (name, device) => series(name).find((s) => s.labels.device === device)?.value ?? 0;
  rows("devices", series("receive_packets").map(({ labels: { device, driver } }) => [
    device, driver, of("receive_packets", device), of("transmit_packets", device), bytes(of("receive_bytes", device)),
    bytes(of("transmit_bytes", device)), of("receive_drop", device) + of("transmit_drop", device)]));
}

function update(samples) {
  const now = performance.now(), responses = sum(samples, "httpd_responses_total");
  show("uptime", duration(one(samples, "coracle_uptime_seconds")));
  show("memory", `${bytes(one(samples, "coracle_memory_total_bytes") - one(samples, "coracle_memory_free_bytes"))} of ` +
    bytes(one(samples, "coracle_memory_total_bytes")));
  show("threads", one(samples, "coracle_threads"));
  show("connections", one(samples, "httpd_connections_open"));
  show("responses", responses);
  if (previous) {
    const rate = Math.max(0, (responses - previous.responses) / ((now - previous.now) / 1000));
    show("rate", rate.toFixed(rate < 10 ? 1 : 0));
    history.push(rate);
    if (history.length > points) history.shift();
    plot();
  }
  previous = { now, responses };
  showDevices(samples);
  rows("tcp", samples.filter((s) => s.name === "coracle_tcp_connections" && (s.value || s.labels.state === "established"))
    .map((s) => [s.labels.state, s.value]));
}

async function tick() {
  try {
    const answer = await fetch("metrics", { cache: "no-store", signal: AbortSignal.timeout(5000) });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    update(parse(await answer.text()));
    show("status", "");
  } catch (error) {
    show("status", `The guest does not answer (${error.message}); trying again.`);
  }
  setTimeout(tick, 1000);
}
tick();
