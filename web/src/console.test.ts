// What of the console needs no browser: addresses, texts, and answers that come in pieces.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, describe, it } from 'node:test';
import { call, lines, Problem, upload } from './api';
import { linkTo, readPlace } from './route';
import { refusedText } from './refused';
import { mayAs } from './shapes';
import { actText, agoText, bytesText, clockText, durationText, percentText, timeText, valueText } from './text';

function replyOf(pieces: string[], status = 200): Response {
  const bytes = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of pieces) controller.enqueue(bytes.encode(piece));
      controller.close();
    },
  });
  return new Response(body, { status });
}

/// The words of api/openapi.json; built elsewhere, so its place is looked for.
function contractWords(): string[] {
  let folder = process.cwd();
  while (!existsSync(join(folder, 'api/openapi.json')) && folder !== dirname(folder)) folder = dirname(folder);
  const contract = JSON.parse(readFileSync(join(folder, 'api/openapi.json'), 'utf8'));
  const text: string = contract.paths['/api/v1/login/oidc/callback'].get.description;
  const list = /WORD is one of: (.*?)\. The audit log/.exec(text)?.[1] ?? '';
  return list
    .replace(/\([^)]*\)/g, '')
    .split(',')
    .map((word) => word.trim());
}

const realFetch = globalThis.fetch;
const answer = (how: () => Promise<Response>) => {
  globalThis.fetch = how;
};
afterEach(() => answer(realFetch as () => Promise<Response>));

describe('a file', () => {
  it('goes as it is, with the header that no form can send', async () => {
    let sent: RequestInit | undefined;
    globalThis.fetch = (_path, options) => {
      sent = options;
      return Promise.resolve(new Response('{}', { status: 201 }));
    };
    const file = new Blob(['MZ']);
    await upload('/api/v1/incidents/1b3fd8/attachments?name=x', file);
    assert.equal(sent?.body, file);
    assert.deepEqual(sent?.headers, { 'X-Tocsin-Request': '1', 'Content-Type': 'application/octet-stream' });
  });
  it('that is attached or removed has its words', () => {
    assert.equal(actText({ act: 'attach', name: 'sample.exe' }), 'attached sample.exe');
    assert.equal(actText({ act: 'detach', of: 7 }), 'removed the content of attachment 7');
  });
});

describe('addresses', () => {
  it('come back as they were made', () => {
    const place = { path: ['alerts', 'a/b c%'], query: { q: 'image:*\\x.exe & "ü"' } };
    assert.deepEqual(readPlace(linkTo(place.path, place.query)), place);
  });
  it('leave out what is empty', () => assert.equal(linkTo(['alerts'], { level: '', since: '1h' }), '#/alerts?since=1h'));
  it('may be malformed', () => assert.deepEqual(readPlace('#/%zz'), { path: ['%zz'], query: {} }));
});

describe('texts', () => {
  it('of times are UTC', () => {
    assert.equal(timeText('2026-03-01T12:00:03.25Z'), '2026-03-01 12:00:03');
    assert.equal(timeText(null), 'never');
    assert.equal(timeText('soon'), 'soon');
  });
  it('of ages', () => {
    assert.equal(agoText('2026-03-01T12:00:00Z', Date.parse('2026-03-01T12:01:30Z')), '90 s ago');
    assert.equal(agoText(null, 0), 'never');
  });
  it('of sizes and durations', () => {
    assert.deepEqual([0, 999, 1000, 123_456, 5e15].map(bytesText), ['0 B', '999 B', '1.0 KB', '123 KB', '5.0 PB']);
    assert.deepEqual([0.2, 60, 600, 90_000, 200_000].map(durationText), ['< 1 s', '60 s', '10 min', '25 h', '2 d']);
  });
  it('of clocks', () => assert.deepEqual([null, -299, 7200, -200_000].map(clockText), ['not known yet', 'right', '2 h ahead', '2 d behind']));
  it('of values', () => assert.deepEqual([null, 'x', 3, { a: 1 }].map(valueText), ['', 'x', '3', '{"a":1}']));
});

describe('roles', () => {
  const person = (role: string) => ({ name: 'x', role, totp: false, by_provider: false });
  it('stand in an order', () => {
    assert.equal(mayAs(person('analyst'), 'viewer'), true);
    assert.equal(mayAs(person('analyst'), 'admin'), false);
  });
  it('that are unknown may nothing', () => assert.equal(mayAs(person('guest'), 'viewer'), false));
});

describe('who was not let in', () => {
  const provider = { name: 'Example ID', roles_claim: 'groups' };
  it('is told which claim is missing', () => {
    assert.match(refusedText('no_claim', provider), /^Example ID knows you, .*the claim “groups” is missing/);
    assert.match(refusedText('no_role', provider), /the claim “groups” stands for a role/);
  });
  it('is told nothing that the address says', () => {
    assert.equal(refusedText('', provider), '');
    for (const word of ['constructor', '__proto__', 'call 555 now']) assert.match(refusedText(word, null), /^You were not let in/);
  });
  it('has a text for every word of the contract', () => {
    for (const word of contractWords()) assert.doesNotMatch(refusedText(word, provider), /^You were not let in/, word);
    assert.equal(contractWords().length, 11);
  });
});

describe('answers', () => {
  it('of lines are put together however they are cut', async () => {
    const whole = '{"a":"ü"}\n\n{"a":2}\n{"a":3}';
    const bytes = new TextEncoder().encode(whole);
    for (let cut = 0; cut <= bytes.length; ++cut) {
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          controller.enqueue(bytes.slice(0, cut));
          controller.enqueue(bytes.slice(cut));
          controller.close();
        },
      });
      answer(async () => new Response(body));
      const taken: unknown[] = [];
      await lines('/x', {}, (line) => taken.push(line.a), new AbortController().signal);
      assert.deepEqual(taken, ['ü', 2, 3]);
    }
  });
  it('that are problems say so', async () => {
    answer(async () => replyOf(['{"status":400,"code":"bad_query","detail":"column 3"}'], 400));
    await assert.rejects(call('GET', '/x'), { status: 400, code: 'bad_query', message: 'column 3' });
  });
  it('that are no JSON are problems too', async () => {
    answer(async () => replyOf(['<html>'], 502));
    await assert.rejects(call('GET', '/x'), { status: 502, message: 'error 502' });
  });
  it('that never come are told', async () => {
    answer(async () => Promise.reject(new TypeError('refused')));
    const problem = await call('GET', '/x').catch((error: unknown) => error);
    assert.ok(problem instanceof Problem);
    assert.equal(problem.status, 0);
  });
  it('without a body are nothing', async () => {
    answer(async () => new Response(null, { status: 204 }));
    assert.equal(await call('POST', '/x', {}), undefined);
  });
});

describe('what people did', () => {
  it('is said in words', () => {
    assert.equal(actText({ act: 'status', status: 'in_progress' }), 'made it in progress');
    assert.equal(actText({ act: 'status', status: 'closed', verdict: 'false_positive' }), 'closed it: false positive');
    assert.equal(actText({ act: 'assign', to: '' }), 'gave it to nobody');
    assert.equal(actText({ act: 'verdict', verdict: 'benign', alert_count: 1 }), 'called 1 alert benign');
    assert.equal(actText({ act: 'verdict', verdict: 'none', alert_count: 2 }), 'took the verdict on 2 alerts away');
    assert.equal(actText({ act: 'merge', other: '0123456789abcdef', alert_count: 1200 }), 'merged 0123456789ab into it (1,200 alerts)');
    assert.equal(actText({ act: 'confidence', value: 0.9 }), 'sees its confidence as 90 %');
    assert.equal(actText({ act: 'calibration', value: -1 }), 'chose the newest calibration');
    assert.equal(actText({ act: 'calibration', value: 0 }), 'chose no calibration');
    assert.equal(actText({ act: 'model', model: 'm1', verdict: 'benign' }), 'has the words of the model m1 (nobody has checked them; it suggests benign)');
  });
});

describe('a probability', () => {
  it('is never rounded to certainty', () => {
    assert.deepEqual([0, 0.0004, 0.005, 0.5, 0.954, 0.9954, 0.99999, 1].map(percentText), ['0.0 %', '< 0.1 %', '0.5 %', '50 %', '95 %', '99.5 %', '> 99.9 %', '100.0 %']);
  });
});
