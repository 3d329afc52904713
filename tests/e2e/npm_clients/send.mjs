// node send.mjs bulk|hec ADDRESS TOKEN FILE EXPECTED [GO]: sends each line of FILE as an event, over TLS, by the client that people use for that input, and writes to
// EXPECTED what is to be kept of each. With GO, the second half waits until that file is there. Exits with 0 if the client says that all was taken.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from '@elastic/elasticsearch';
import splunk from 'splunk-logging';

const [input, address, token, file, expected, go] = process.argv.slice(2);
const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
const retries = 12; // each waits longer than the one before

async function* paced() {
  for (const [i, line] of lines.entries()) {
    while (go && i >= lines.length / 2 && !existsSync(go)) await pause(50);
    yield line;
  }
}

async function bulk() {
  const client = new Client({ node: `https://${address}`, auth: { apiKey: token }, maxRetries: retries, requestTimeout: 60_000 });
  async function* events() {
    for await (const message of paced()) yield { message };
  }
  const result = await client.helpers.bulk({
    datasource: events(),
    onDocument: () => ({ create: { _index: 'logs' } }),
    flushBytes: 20_000,
    flushInterval: 200,
    concurrency: 3,
    retries,
    wait: 200,
    onDrop: (drop) => console.error('dropped:', JSON.stringify(drop)),
  });
  await client.close();
  writeFileSync(expected, lines.map((message) => JSON.stringify({ message }) + '\n').join(''));
  return result.successful === lines.length && result.failed === 0;
}

async function hec() {
  let failed = 0;
  const logger = new splunk.Logger({ token, url: `https://${address}`, maxRetries: retries, batchInterval: 0, maxBatchCount: 50 });
  logger.requestOptions.strictSSL = true;
  logger.error = (error) => {
    console.error(String(error));
    ++failed;
  };
  for await (const message of paced()) {
    logger.send({ message });
    await pause(0); // or all of them are one turn of the loop, and one request
  }
  if (logger.serializedContextQueue.length > 0) logger.flush();
  writeFileSync(expected, lines.map((message) => JSON.stringify({ message, severity: 'info' }) + '\n').join(''));
  await new Promise((done) => process.once('beforeExit', done)); // no request is under way any more
  return failed === 0;
}

process.exitCode = (await (input === 'bulk' ? bulk() : hec())) ? 0 : 1;
