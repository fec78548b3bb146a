/** The page of the simulator, when it is there. */
import { readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { extname } from 'node:path';

const PAGE = new URL('./page/', import.meta.url);

const TYPES: { readonly [ending: string]: string } = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};

/** Names without dots in front: nothing above or beside the folder can be reached. */
const SAFE = /^\/(?:[A-Za-z0-9_-][A-Za-z0-9._-]*\/)*[A-Za-z0-9_-][A-Za-z0-9._-]*$/;

export async function serveStatic(path: string, response: ServerResponse): Promise<void> {
  const wanted = path === '/' ? '/index.html' : path;
  const type = TYPES[extname(wanted)];
  if (!SAFE.test(wanted) || type === undefined) {
    response.writeHead(404).end('not found');
    return;
  }
  let bytes: Buffer;
  try {
    bytes = await readFile(new URL(`.${wanted}`, PAGE));
  } catch {
    response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' });
    response.end(
      wanted === '/index.html' ? 'This simulated Slack has no page; its API is at /api/.' : 'not found',
    );
    return;
  }
  response.writeHead(200, {
    'content-type': type,
    'cache-control': 'no-store',
    'content-security-policy':
      "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
  });
  response.end(bytes);
}
