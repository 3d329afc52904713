// node otlp.mjs json|proto none|gzip URL TOKEN COUNT EXPECTED [CA]: exports log records, a hundred at a time, by the exporter of that encoding, and appends to EXPECTED what is to be kept of each that the
// exporter says was taken. What it says was not is exported again for a while. One of four is a line of a log that was read from a file. Exits with 0 if all were taken.
import { appendFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { OTLPLogExporter as JsonExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPLogExporter as ProtoExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { LoggerProvider } from '@opentelemetry/sdk-logs';

const [encoding, compression, url, token, count, expected] = process.argv.slice(2);
const Exporter = encoding === 'json' ? JsonExporter : ProtoExporter;
const exporter = new Exporter({ url, headers: { authorization: `Bearer ${token}` }, compression, timeoutMillis: 30_000 });

let emitted = [];
const processor = { onEmit: (record) => emitted.push(record), forceFlush: async () => {}, shutdown: async () => {} };
const resource = { 'service.name': 'shop', 'host.name': 'web-01', 'process.pid': 4711, tags: ['a', 'b "c"'] };
const logger = new LoggerProvider({ resource: resourceFromAttributes(resource), processors: [processor] }).getLogger('orders', '1.2');

const named = (prefix, values) => Object.entries(values).map(([key, value]) => `"${prefix}${key}":${JSON.stringify(value)}`);
const seconds = 1772439330;

/** A log record, and what is to be kept of it. */
function record(i) {
  const words = `${encoding} ${compression} ${i}: Zürich 東京 "quoted" \\back\tend`;
  const nanos = 1000 * (i % 1_000_000) + 7;
  const times = { timestamp: [seconds + i, nanos], observedTimestamp: [seconds + i, nanos + 1] };
  if (i % 4 === 3) {
    const body = `Mar  2 08:15:30 web-01 sshd[${i}]: Failed password for invalid user ann from 203.0.113.7 port 52344 ssh2 ${words}`;
    return { log: { ...times, body, attributes: { 'log.file.name': 'auth.log' } }, kept: body };
  }
  const body = i % 4 === 2 ? { order: i, note: words, parts: [1, 2.5, true, null, { deep: 'x' }] } : words;
  const attributes = { 'user.name': `user${i % 7}`, number: i, ratio: i + 0.5, good: i % 2 === 0, list: ['x', 'y'] };
  const log = { ...times, severityNumber: 9, severityText: 'INFO', body, attributes };
  const stamp = (n) => `${seconds + i}${String(n).padStart(9, '0')}`;
  const kept = [
    `"timeUnixNano":${stamp(nanos)}`, `"observedTimeUnixNano":${stamp(nanos + 1)}`, '"severityNumber":9', '"severityText":"INFO"', `"body":${JSON.stringify(body)}`,
    ...named('attributes.', attributes), ...named('resource.attributes.', resource), '"scope.name":"orders"', '"scope.version":"1.2"',
  ];
  return { log, kept: `{${kept.join(',')}}` };
}

async function exported(records) {
  for (let tries = 0; tries < 300; ++tries) {
    const { code, error } = await new Promise((done) => exporter.export(records, done));
    if (code === 0) return true;
    console.error(String(error));
    await pause(100);
  }
  return false;
}

let good = true;
for (let from = 0; from < Number(count); from += 100) {
  const made = Array.from({ length: Math.min(100, count - from) }, (_, i) => record(from + i));
  emitted = [];
  for (const { log } of made) logger.emit(log);
  good = (await exported(emitted)) && good;
  appendFileSync(expected, made.map(({ kept }) => JSON.stringify(kept) + '\n').join(''));
}
await exporter.shutdown();
process.exitCode = good ? 0 : 1;
