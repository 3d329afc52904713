// node forward.mjs CLIENT MODE ADDRESS KEY FILE EXPECTED [GO]: sends each line of FILE as a record by Fluent Forward, over TLS where NODE_EXTRA_CA_CERTS is set, and writes to EXPECTED the JSON
// of each. CLIENT is fluent-logger or @fluent-org/logger; MODE one of theirs; KEY is "" where none is asked for. What is not acknowledged is sent again, over a connection of
// its own: fluent-logger itself forgets it. With GO, the second half waits until that file is there. Exits with 0 if all was acknowledged.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import fluent from 'fluent-logger';
import { FluentClient } from '@fluent-org/logger';

const [client, mode, address, key, file, expected, go] = process.argv.slice(2);
const [host, port] = address.split(':');
const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
const records = lines.map((message, i) => ({ message, n: i, nested: { list: [1, -2, 2.5, null, true, ''], 'kéy "q"': -i } }));
writeFileSync(expected, records.map((record) => JSON.stringify(record) + '\n').join(''));
const tls = !!process.env.NODE_EXTRA_CA_CERTS;
const batch = 200;
const tries = 100;

/// Each gives a promise for a record, which is kept once it is acknowledged.
function openLogger() {
  const quiet = { info() {}, error() {} };
  const logger = fluent.createFluentSender('app', {
    host, port: Number(port), timeout: 30_000, eventMode: mode, requireAckResponse: true, ackResponseTimeout: 5_000, enableReconnect: false, internalLogger: quiet, flushInterval: 20,
    tls, tlsOptions: { servername: 'localhost' }, ...(key && { security: { clientHostname: 'client', sharedKey: key } }),
  });
  const broken = new Promise((_, reject) => logger.on('error', reject));
  broken.catch(() => {});
  const send = (record) => Promise.race([broken, new Promise((taken, lost) => logger.emit('tag', record, (error) => (error ? lost(error) : taken())))]);
  return { send, close: () => logger._disconnect() };
}
function openClient() {
  const logger = new FluentClient('app', {
    eventMode: mode, ack: { ackTimeout: 5_000 }, flushInterval: 20, milliseconds: true, socket: { host, port: Number(port), timeout: 10_000, disableReconnect: true, ...(tls && { tls: { servername: 'localhost' } }) },
    ...(key && { security: { clientHostname: 'client', sharedKey: key, username: 'org', password: key } }),
  });
  logger.socketOn('error', () => {});
  logger.connect().catch(() => {}); // a broken connection is not mended, but replaced
  const timeout = () => pause(8_000).then(() => Promise.reject(new Error('no answer')));
  return { send: (record) => Promise.race([logger.emit('tag', record), timeout()]), close: () => logger.disconnect().catch(() => {}) };
}

let left = records;
let failed = 0;
let sending = (client === 'fluent-logger' ? openLogger : openClient)();
while (left.length > 0 && failed < tries) {
  while (go && left.length <= records.length / 2 && !existsSync(go)) await pause(50);
  const now = left.slice(0, batch);
  const outcomes = await Promise.allSettled(now.map((record) => sending.send(record)));
  left = [...now.filter((_, i) => outcomes[i].status === 'rejected'), ...left.slice(batch)];
  if (outcomes.every((outcome) => outcome.status === 'fulfilled')) continue;
  ++failed;
  console.error(String(outcomes.find((outcome) => outcome.status === 'rejected').reason));
  await Promise.race([sending.close(), pause(1_000)]);
  await pause(200);
  sending = (client === 'fluent-logger' ? openLogger : openClient)();
}
await Promise.race([sending.close(), pause(1_000)]);
process.exit(left.length === 0 ? 0 : 1);
