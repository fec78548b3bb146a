import type { IncomingMessage } from 'node:http';

/** Snippets may have 1 MB, pictures more; beyond this a test has gone wrong. */
const BODY_MAX = 32 * 1024 * 1024;

/** @throws Error when the body is larger than any test sends */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > BODY_MAX) throw new Error(`reading a request: more than ${BODY_MAX} bytes; send less`);
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}
