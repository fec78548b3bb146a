import type { CommandContext, CommandResult, HostCommand } from '../../host.ts';
import { type Certificate, parseCertificate } from '../certificates.ts';

/** OpenSSL 1.0.2k, as far as a certificate is looked at: `openssl x509 -in FILE -noout [-text|-subject|-issuer]`. */
interface Asked {
  readonly file: string | undefined;
  readonly shows: readonly string[];
  readonly noout: boolean;
}

const SHOWS = ['text', 'subject', 'issuer', 'fingerprint'];

function readArguments(args: readonly string[]): Asked | string {
  let file: string | undefined;
  let noout = false;
  const shows: string[] = [];
  for (let index = 0; index < args.length; index++) {
    const word = args[index] ?? '';
    if (word === '-in') {
      index++;
      file = args[index];
    } else if (word === '-noout') noout = true;
    else if (SHOWS.includes(word.slice(1))) shows.push(word.slice(1));
    else return `unknown option ${word}\nusage: x509 args\n`;
  }
  return { file, shows, noout };
}

function text({ id, issuer, names }: Certificate): string {
  const shown = names.map((name) => (/^[0-9.]+$/.test(name) ? `IP Address:${name}` : `DNS:${name}`));
  const alternative =
    shown.length === 0
      ? ''
      : `        X509v3 extensions:\n            X509v3 Subject Alternative Name: \n                ${shown.join(', ')}\n`;
  return `Certificate:\n    Data:\n        Version: 3 (0x2)\n        Issuer: CN=${issuer}\n        Subject: CN=${id}\n${alternative}`;
}

function shown(certificate: Certificate, what: string): string {
  switch (what) {
    case 'subject':
      return `subject= /CN=${certificate.id}\n`;
    case 'issuer':
      return `issuer= /CN=${certificate.issuer}\n`;
    case 'fingerprint':
      return `SHA1 Fingerprint=${Buffer.from(certificate.id).toString('hex').toUpperCase()}\n`;
    default:
      return text(certificate);
  }
}

async function contentOf(file: string | undefined, context: CommandContext): Promise<string | undefined> {
  if (file === undefined) return context.stdin;
  const path = file.startsWith('/') ? file : `${context.cwd.replace(/\/$/, '')}/${file}`;
  return (await context.files.exists(path)) ? context.files.readText(path) : undefined;
}

export const opensslCommand: HostCommand = async ([verb, ...args], context): Promise<CommandResult> => {
  if (verb === 'version') return { stdout: 'OpenSSL 1.0.2k-fips  26 Jan 2017\n', exitCode: 0 };
  if (verb !== 'x509') return { stderr: `simulator: openssl ${verb ?? ''} is not simulated\n`, exitCode: 1 };
  const asked = readArguments(args);
  if (typeof asked === 'string') return { stderr: asked, exitCode: 1 };
  const content = await contentOf(asked.file, context);
  if (content === undefined)
    return {
      stderr: `Error opening Certificate ${asked.file}\n140: error:02001002:system library:fopen:No such file or directory\nunable to load certificate\n`,
      exitCode: 1,
    };
  const certificate = parseCertificate(content);
  if (certificate === undefined)
    return {
      stderr: 'unable to load certificate\n140: error:0906D06C:PEM routines:PEM_read_bio:no start line\n',
      exitCode: 1,
    };
  const lines = asked.shows.map((what) => shown(certificate, what)).join('');
  return { stdout: lines + (asked.noout ? '' : content), exitCode: 0 };
};
