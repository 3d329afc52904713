// Calls of Tocsin's own API (api/openapi.json), and how they fail. Everything goes to where the page came from, with its cookie; a header of ours tells
// the service that a page of its own is asking and not another site.

export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
  ) {
    super(detail);
  }
}

const lost = 'Tocsin does not answer. Is the service running, and is the network there?';

async function failure(reply: Response): Promise<Problem> {
  const body = await reply.json().catch(() => ({}));
  return new Problem(reply.status, String(body.code ?? ''), String(body.detail ?? body.title ?? `error ${reply.status}`));
}

async function send(method: string, path: string, body: unknown, signal: AbortSignal | undefined): Promise<Response> {
  const headers: Record<string, string> = { 'X-Tocsin-Request': '1' };
  const isFile = body instanceof Blob;
  if (body !== undefined) headers['Content-Type'] = isFile ? 'application/octet-stream' : 'application/json';
  let reply: Response;
  try {
    reply = await fetch(path, {
      method,
      headers,
      body: body === undefined ? undefined : isFile ? body : JSON.stringify(body),
      credentials: 'same-origin',
      signal,
    });
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw new Problem(0, 'unreachable', lost);
  }
  if (!reply.ok) throw await failure(reply);
  return reply;
}

export async function call<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const reply = await send(method, path, body, signal);
  return (reply.status === 204 ? undefined : await reply.json()) as T;
}

/// The bytes of a file, as they are.
export async function upload(path: string, file: Blob): Promise<void> {
  await send('POST', path, file, undefined);
}

/// The lines of an NDJSON answer as they come.
export async function lines(path: string, body: unknown, take: (line: Record<string, unknown>) => void, signal: AbortSignal): Promise<void> {
  const reply = await send('POST', path, body, signal);
  const reader = reply.body?.getReader();
  if (reader === undefined) return;
  const decoder = new TextDecoder();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    rest += decoder.decode(value, { stream: !done });
    const ready = rest.split('\n');
    rest = done ? '' : (ready.pop() ?? '');
    for (const line of ready) if (line !== '') take(JSON.parse(line));
    if (done) return;
  }
}

export function isProblem(error: unknown, status: number): boolean {
  return error instanceof Problem && error.status === status;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
