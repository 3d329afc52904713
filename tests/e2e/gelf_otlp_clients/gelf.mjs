// node gelf.mjs udp|tcp|tls zlib|gzip|none HOST:PORT COUNT SIZE EXPECTED [CA CERTIFICATE GO]: sends messages by gelf-pro, each SIZE bytes longer than the last but one of eight, and appends to EXPECTED each text
// that it sends. With GO, the second half of them waits until that file is there. What cannot be sent is sent again for a while. Exits with 0 if the client says that all was sent.
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { gzip } from 'node:zlib';
import gelf from 'gelf-pro';

const [way, packing, address, count, size, expected, ca, certificate, go] = process.argv.slice(2);
const [host, port] = address.split(':');
const adapterOptions = { host, port: Number(port), protocol: 'udp4', timeout: 20_000 };
if (certificate) Object.assign(adapterOptions, { ca: readFileSync(ca), cert: readFileSync(certificate), key: readFileSync(certificate) });
gelf.setConfig({ adapterName: way === 'tls' ? 'tcp-tls' : way, adapterOptions });
const adapter = gelf.getAdapter();
if (packing === 'none') adapter.deflate = (message, done) => done(null, Buffer.from(message));
if (packing === 'gzip') adapter.deflate = (message, done) => gzip(message, done);

// Of the same text as the client makes of an object, whatever it adds.
let texts = [];
const send = adapter.send;
adapter.send = function (text, done) {
  texts.push(text);
  return send.call(this, text, done);
};

let seed = 7;
const letters = (n) => Array.from({ length: n }, () => String.fromCharCode(97 + ((seed = (seed * 1103515245 + 12345) % 2147483648) >> 8) % 26)).join('');
const message = (i) => `${way} ${packing} ${i}: Zürich 東京 "quoted" \\back ${i % 8 === 7 ? letters(Number(size)) : ''}end`;
const attempt = (i) =>
  new Promise((done) => gelf.message(message(i), i % 8, { user: `user${i % 7}`, number: i, nested: { deep: 'x' } }, (error) => done(error)));

async function one(i) {
  for (let tries = 0; tries < 300; ++tries) {
    const error = await attempt(i);
    if (!error) return true;
    texts.pop();
    await pause(100);
  }
  return false;
}

let good = true;
writeFileSync(expected, '', { flag: 'a' });
for (let i = 0; i < Number(count); ++i) {
  while (go && i >= count / 2 && !existsSync(go)) await pause(50);
  good = (await one(i)) && good;
  if (way === 'udp') await pause(i % 8 === 7 ? 4 : 0);
  appendFileSync(expected, texts.map((text) => text + '\n').join(''));
  texts = [];
}
process.exitCode = good ? 0 : 1;
