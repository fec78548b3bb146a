import type { CommandContext, CommandResult, HostCommand } from '../../host.ts';
import type { RestAnswer, RestRequest } from '../rest/request.ts';
import { serve } from '../rest/serve.ts';
import type { Simulation } from '../simulation.ts';
import { type CurlOptions, CurlUsageError, readCurlArguments } from './curl-arguments.ts';
import { fetchPage, isOnInternet } from './internet.ts';
import { pythonJson } from './python-json.ts';

/** Reasons as CentOS 7's curl 7.29 writes them behind the code. */
const REASONS: { readonly [status: number]: string } = {
  304: 'NOT MODIFIED',
  400: 'BAD REQUEST',
  401: 'UNAUTHORIZED',
  403: 'FORBIDDEN',
  404: 'NOT FOUND',
  409: 'CONFLICT',
  502: 'Bad Gateway',
  503: 'SERVICE UNAVAILABLE',
};

function failed(options: CurlOptions, code: number, message: string, stdout = ''): CommandResult {
  const said = !options.silent || options.showError;
  return { stdout, stderr: said ? `curl: (${code}) ${message}\n` : '', exitCode: code };
}

async function toRequest(options: CurlOptions, url: URL, context: CommandContext): Promise<RestRequest> {
  const [user, ...password] = (options.user ?? '').split(':');
  const body = await bodyOf(options, context);
  const json = parseJson(body);
  return {
    method: (options.method ?? (body === undefined ? 'GET' : 'POST')) as RestRequest['method'],
    ip: url.hostname,
    port: url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port),
    path: url.pathname,
    query: url.searchParams,
    user: options.user === undefined ? null : (user ?? ''),
    password: options.user === undefined ? null : password.join(':'),
    tenant: options.headers.get('tenant') ?? null,
    ...(json === undefined ? {} : { json }),
    ...(body === undefined ? {} : { bytes: body }),
  };
}

async function bodyOf(options: CurlOptions, context: CommandContext): Promise<Uint8Array | undefined> {
  if (options.data === undefined) return undefined;
  if (!options.data.startsWith('@')) return Buffer.from(options.data);
  return context.files.read(absolute(context, options.data.slice(1)));
}

function parseJson(body: Uint8Array | undefined): unknown {
  if (body === undefined) return undefined;
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    return undefined;
  }
}

function absolute(context: CommandContext, path: string): string {
  return path.startsWith('/') ? path : `${context.cwd.replace(/\/$/, '')}/${path}`;
}

function bodyBytes(answer: Extract<RestAnswer, { readonly status: number }>): Uint8Array {
  switch (answer.kind) {
    case 'json':
      return Buffer.from(`${pythonJson(answer.json)}\n`);
    case 'html':
      return Buffer.from(answer.html);
    case 'bytes':
      return answer.bytes;
  }
}

async function deliver(
  options: CurlOptions,
  answer: Extract<RestAnswer, { readonly status: number }>,
  context: CommandContext,
): Promise<CommandResult> {
  const bytes = bodyBytes(answer);
  const written = (options.writeOut ?? '')
    .replaceAll('%{http_code}', String(answer.status))
    .replaceAll('%{size_download}', String(bytes.length))
    .replaceAll('\\n', '\n');
  if (options.fail && answer.status >= 400) {
    const reason = REASONS[answer.status] ?? '';
    return failed(
      options,
      22,
      `The requested URL returned error: ${answer.status} ${reason}`.trim(),
      written,
    );
  }
  const head = options.include
    ? `HTTP/1.1 ${answer.status} ${REASONS[answer.status] ?? 'OK'}\r\nServer: nginx\r\n\r\n`
    : '';
  if (options.output === undefined) {
    return { stdout: head + Buffer.from(bytes).toString('latin1') + written, exitCode: 0 };
  }
  if (options.output === '/dev/null') return { stdout: written, exitCode: 0 };
  await context.files.write(absolute(context, options.output), bytes);
  const meter = options.silent ? '' : progressMeter(bytes.length);
  return { stdout: written, stderr: meter, exitCode: 0 };
}

function progressMeter(bytes: number): string {
  return `  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n                                 Dload  Upload   Total   Spent    Left  Speed\n100 ${bytes}  100 ${bytes}    0     0   ${bytes}      0 --:--:-- --:--:-- --:--:-- ${bytes}\n`;
}

async function download(
  simulation: Simulation,
  options: CurlOptions,
  url: URL,
  context: CommandContext,
): Promise<CommandResult> {
  await context.sleep(1);
  const page = await simulation.change((world) => fetchPage(world, url));
  return deliver(options, { kind: 'bytes', ...page, fileName: '' }, context);
}

/** `curl` that reaches the Managers of this world, the little that it has of an internet, and nothing else. */
export function curlCommand(simulation: Simulation): HostCommand {
  return async (args, context) => {
    let options: CurlOptions;
    try {
      options = await readCurlArguments(args, context);
    } catch (error) {
      if (!(error instanceof CurlUsageError)) throw error;
      return {
        stderr: `curl: ${error.message}\ncurl: try 'curl --help' or 'curl --manual' for more information\n`,
        exitCode: 2,
      };
    }
    if (options.url === undefined)
      return {
        stderr: "curl: no URL specified!\ncurl: try 'curl --help' or 'curl --manual' for more information\n",
        exitCode: 2,
      };
    const text = /^[a-z]+:\/\//.test(options.url) ? options.url : `http://${options.url}`;
    if (!URL.canParse(text)) return failed(options, 3, '<url> malformed');
    const url = new URL(text);
    if (url.protocol !== 'http:' && url.protocol !== 'https:') {
      return failed(options, 1, `Protocol ${url.protocol.slice(0, -1)} not supported or disabled in libcurl`);
    }
    if (isOnInternet(url.hostname)) return download(simulation, options, url, context);
    if (!/^[0-9.]+$/.test(url.hostname) && url.hostname !== 'localhost') {
      return failed(options, 6, `Could not resolve host: ${url.hostname}; Unknown error`);
    }
    const request = await toRequest(options, url, context);
    const answer = await simulation.change((world, now) => {
      const local = request.ip === 'localhost' || request.ip === '127.0.0.1';
      const ip = local ? (world.machines[context.hostName]?.privateIp ?? '') : request.ip;
      return serve(world, { ...request, ip }, now, simulation.dice);
    });
    const where = `${url.hostname}:${request.port}`;
    if (answer.kind === 'refused')
      return failed(options, 7, `Failed connect to ${where}; Connection refused`);
    if (answer.kind === 'no-route') {
      await context.sleep(Math.min(options.maxTime ?? 3, 3));
      return failed(options, 7, `Failed connect to ${where}; No route to host`);
    }
    return deliver(options, answer, context);
  };
}
