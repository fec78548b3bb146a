import type { RestAnswer, RestRequest } from '../rest/request.ts';
import { serve } from '../rest/serve.ts';
import type { CfyCall } from './command.ts';
import { CfyError } from './command.ts';
import { activeProfileName, type Profile, readProfile } from './profiles.ts';

/** Who asks whom; what the CLI puts into every request. */
export interface Credentials {
  readonly ip: string;
  readonly port: number;
  readonly user: string | null;
  readonly password: string | null;
  readonly tenant: string | null;
}

/** An answer that is an error. `status` is -1 when nothing answered. */
export class ClientError extends Error {
  override name = 'ClientError';
  readonly status: number;
  /** The server's own, such as `not_found_error`. */
  readonly code: string;
  constructor(status: number, message: string, code = '') {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export interface Client {
  readonly profile: Profile;
  readonly credentials: Credentials;
  get(
    path: string,
    query?: { readonly [name: string]: string | boolean | undefined },
    tenant?: string,
  ): Promise<Item>;
  send(
    method: RestRequest['method'],
    path: string,
    body?: { readonly json?: unknown; readonly bytes?: Uint8Array },
    tenant?: string,
  ): Promise<Item>;
  download(path: string, tenant?: string): Promise<Uint8Array>;
}

export type Item = { readonly [name: string]: unknown };

/** @returns the answer's JSON, or its bytes @throws ClientError */
export async function request(
  call: CfyCall,
  to: Credentials,
  what: Omit<RestRequest, 'ip' | 'port' | 'user' | 'password' | 'tenant' | 'path'> & {
    readonly resource: string;
    readonly tenant?: string | undefined;
  },
): Promise<RestAnswer> {
  const path = `/api/${call.cli.api}/${what.resource}`;
  const { resource: _, tenant, ...rest } = what;
  const answer = await call.simulation.change((world, now) =>
    serve(
      world,
      {
        ...rest,
        path,
        ip: to.ip,
        port: to.port,
        user: to.user,
        password: to.password,
        tenant: tenant ?? to.tenant,
      },
      now,
      call.simulation.dice,
    ),
  );
  return checked(answer, `http://${to.ip}:${to.port}${path}`);
}

function checked(answer: RestAnswer, url: string): RestAnswer {
  switch (answer.kind) {
    case 'refused':
    case 'no-route': {
      const why =
        answer.kind === 'refused' ? '[Errno 111] Connection refused' : '[Errno 113] No route to host';
      const host = new URL(url);
      const port = host.port === '' ? '80' : host.port;
      const text = `HTTPConnectionPool(host='${host.hostname}', port=${port}): Max retries exceeded with url: ${host.pathname} (Caused by NewConnectionError('<requests.packages.urllib3.connection.HTTPConnection object at 0x7f3c5a9d2a10>: Failed to establish a new connection: ${why}',))`;
      throw new ClientError(-1, text);
    }
    case 'html':
      throw new ClientError(answer.status, `${answer.status}: ${answer.html.trim()} [${url}]`);
    case 'bytes':
      return answer;
    case 'json': {
      if (answer.status < 300) return answer;
      const { message = '', error_code: code } = answer.json as {
        readonly message?: string;
        readonly error_code?: string;
      };
      throw new ClientError(answer.status, answer.status === 304 ? 'Nothing to modify' : message, code);
    }
  }
}

/** How `cfy` shows an error that came back. */
export function clientErrorText(error: ClientError): string {
  return error.status === -1
    ? error.message
    : `An error occurred on the server: ${error.status}: ${error.message}`;
}

function fromProfileOrEnvironment(
  call: CfyCall,
  profile: Profile,
  key: 'username' | 'password' | 'tenant',
): string {
  const variable = `CLOUDIFY_${key.toUpperCase()}`;
  const title = `${key.charAt(0).toUpperCase()}${key.slice(1)}`;
  const kept = profile[`manager_${key}`];
  const given = call.context.env[variable] ?? '';
  if (given !== '' && kept !== null && kept !== '') {
    throw new CfyError(
      `Manager ${title} is set in profile *and* in the \`${variable}\` env variable. Resolve the conflict before continuing.\n` +
        `Either unset the env variable, or run \`cfy profiles unset --manager-${key}\``,
    );
  }
  const value = given === '' ? kept : given;
  if (value === null || value === '') {
    throw new CfyError(
      `Manager ${title} must be set in order to use a manager.\nYou can set it in the profile by running ` +
        `\`cfy profiles set --manager-${key}\`, or you can set the \`${variable}\` environment variable.`,
    );
  }
  return value;
}

const NO_MANAGER =
  'This command is only available when using a manager. Please use the `cfy profiles use` command to connect to a Cloudify Manager.';

export async function activeProfile(call: CfyCall): Promise<Profile> {
  const name = await activeProfileName(call.context);
  const profile = name === undefined ? undefined : await readProfile(call.context, name);
  if (profile === undefined) throw new CfyError(NO_MANAGER);
  return profile;
}

export function credentialsOf(call: CfyCall, profile: Profile): Credentials {
  return {
    ip: profile.manager_ip,
    port: profile.rest_port,
    user: fromProfileOrEnvironment(call, profile, 'username'),
    password: fromProfileOrEnvironment(call, profile, 'password'),
    tenant: fromProfileOrEnvironment(call, profile, 'tenant'),
  };
}

export async function connect(call: CfyCall): Promise<Client> {
  const profile = await activeProfile(call);
  return connectWith(call, profile, credentialsOf(call, profile));
}

/** A node that is away or that is not the leader: the next one of the profile is asked. */
function isAnother(error: unknown): boolean {
  return error instanceof ClientError && (error.status === -1 || error.code === 'not_cluster_master');
}

async function requestNodes(
  call: CfyCall,
  profile: Profile,
  to: Credentials,
  what: Parameters<typeof request>[2],
): Promise<RestAnswer> {
  const others = (profile.cluster ?? []).map((node) => node.manager_ip).filter((ip) => ip !== to.ip);
  for (const ip of [to.ip, ...others].slice(0, -1)) {
    try {
      return await request(call, { ...to, ip }, what);
    } catch (error) {
      if (!isAnother(error)) throw error;
    }
  }
  return request(call, { ...to, ip: others.at(-1) ?? to.ip }, what);
}

export function connectWith(call: CfyCall, profile: Profile, credentials: Credentials): Client {
  const json = (answer: RestAnswer): Item => (answer.kind === 'json' ? (answer.json as Item) : {});
  return {
    profile,
    credentials,
    async get(resource, query = {}, tenant) {
      const search = new URLSearchParams();
      for (const [name, value] of Object.entries(query))
        if (value !== undefined) search.set(name, String(value));
      return json(
        await requestNodes(call, profile, credentials, { method: 'GET', resource, query: search, tenant }),
      );
    },
    async send(method, resource, body = {}, tenant) {
      return json(
        await requestNodes(call, profile, credentials, {
          ...{ method, resource, query: new URLSearchParams(), tenant },
          ...body,
        }),
      );
    },
    async download(resource, tenant) {
      const answer = await requestNodes(call, profile, credentials, {
        method: 'GET',
        resource,
        query: new URLSearchParams(),
        tenant,
      });
      return answer.kind === 'bytes' ? answer.bytes : new Uint8Array();
    },
  };
}

export function itemsOf(list: Item): readonly Item[] {
  return (list.items ?? []) as readonly Item[];
}

export function totalOf(list: Item): number {
  const metadata = list.metadata as { readonly pagination?: { readonly total?: number } } | undefined;
  return metadata?.pagination?.total ?? itemsOf(list).length;
}
