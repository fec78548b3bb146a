/** RFC 8785 JSON: what digests and the audit chain are made of. */
import serialize from 'canonicalize';

/** @throws Error for a value that JSON cannot hold */
export function canonical(value: unknown): string {
  const text = serialize(value);
  if (text === undefined) throw new Error('making canonical JSON: the value is undefined');
  return text;
}
