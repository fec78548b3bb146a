/** A call of a Manager's REST service, by whichever program, and what comes back over the wire. */
export interface RestRequest {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE' | 'PATCH';
  /** Address that the client connects to. */
  readonly ip: string;
  readonly port: number;
  /** `/api/v3.1/snapshots/x` */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly user: string | null;
  readonly password: string | null;
  /** The `Tenant` header. */
  readonly tenant: string | null;
  readonly json?: unknown;
  readonly bytes?: Uint8Array;
}

export type RestAnswer =
  | { readonly kind: 'json'; readonly status: number; readonly json: unknown }
  | { readonly kind: 'bytes'; readonly status: number; readonly bytes: Uint8Array; readonly fileName: string }
  /** nginx itself answers, in HTML. */
  | { readonly kind: 'html'; readonly status: number; readonly html: string }
  | { readonly kind: 'refused' }
  | { readonly kind: 'no-route' };

export function answer(json: unknown, status = 200): RestAnswer {
  return { kind: 'json', status, json };
}

/** The body of an error as every release sends it; `message` is what clients show. */
export function errorBody(code: string, message: string): unknown {
  return { message, error_code: code, server_traceback: null };
}
