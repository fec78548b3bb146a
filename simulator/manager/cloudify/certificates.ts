import type { CertificateFiles, Dice } from './model.ts';
import { atLeast } from './version.ts';

/**
 * Certificates of a simulated Manager: PEM-looking files whose body is JSON, so that a copied, swapped or restored file
 * keeps its meaning wherever it goes.
 */
export interface Certificate {
  readonly id: string;
  /** Id of the certificate that signed it; its own when self-signed. */
  readonly issuer: string;
  /** Addresses that it is valid for. */
  readonly names: readonly string[];
}

export const SSL_DIRECTORY = '/etc/cloudify/ssl';
export const CA_CERTIFICATE = 'cloudify_internal_ca_cert.pem';
export const CA_KEY = 'cloudify_internal_ca_key.pem';
export const INTERNAL_CERTIFICATE = 'cloudify_internal_cert.pem';
export const INTERNAL_KEY = 'cloudify_internal_key.pem';
const INTERNAL_P12 = 'cloudify_internal.p12';
export const EXTERNAL_CERTIFICATE = 'cloudify_external_cert.pem';
/** Addresses for which the certificates were made, beside them from 4.0.1 on. */
export const METADATA = 'certificate_metadata';
/** The five files that a restore on 4.2 and above swaps. */
const INTERNAL_FILES = [CA_CERTIFICATE, CA_KEY, INTERNAL_CERTIFICATE, INTERNAL_KEY, INTERNAL_P12] as const;

function pem(label: string, body: object): string {
  const text = Buffer.from(JSON.stringify(body)).toString('base64');
  const lines = text.match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

/** @returns undefined when the text is not a certificate of ours */
export function parseCertificate(text: string | undefined): Certificate | undefined {
  const found = /-----BEGIN CERTIFICATE-----\n(?<body>[\s\S]*?)\n-----END CERTIFICATE-----/.exec(text ?? '');
  if (found?.groups?.body === undefined) return undefined;
  try {
    return JSON.parse(Buffer.from(found.groups.body, 'base64').toString('utf8')) as Certificate;
  } catch {
    return undefined;
  }
}

function certificate(content: Certificate): string {
  return pem('CERTIFICATE', content);
}

function key(id: string): string {
  return pem('RSA PRIVATE KEY', { keyOf: id });
}

/** A fresh set, as an installer of this version makes it. 4.0.0 has no CA of its own: the internal one signs itself. */
export function issueCertificates(
  version: string,
  addresses: { readonly privateIp: string; readonly publicIp: string; readonly networks: readonly string[] },
  dice: Dice,
): CertificateFiles {
  const [authority, internal, external] = [
    `ca-${dice.word(8)}`,
    `internal-${dice.word(8)}`,
    `external-${dice.word(8)}`,
  ];
  const ownAuthority = atLeast(version, '4.0.1');
  const names = [...new Set([addresses.privateIp, ...addresses.networks])];
  const issuer = ownAuthority ? authority : internal;
  const files: { [name: string]: string } = {
    [INTERNAL_CERTIFICATE]: certificate({ id: internal, issuer, names }),
    [INTERNAL_KEY]: key(internal),
    [INTERNAL_P12]: pem('PKCS12', { keyOf: internal }),
    [EXTERNAL_CERTIFICATE]: certificate({ id: external, issuer, names: [addresses.publicIp] }),
    'cloudify_external_key.pem': key(external),
  };
  if (ownAuthority) {
    files[CA_CERTIFICATE] = certificate({ id: authority, issuer: authority, names: [] });
    files[CA_KEY] = key(authority);
    files[METADATA] = `${JSON.stringify({
      internal_rest_host: addresses.privateIp,
      networks: Object.fromEntries(
        names.map((name, index) => [index === 0 ? 'default' : `net${index}`, name]),
      ),
    })}\n`;
  }
  return files;
}

/** Id of the authority that an agent of this Manager comes to trust. */
export function authorityOf(files: CertificateFiles): string {
  const authority = parseCertificate(files[CA_CERTIFICATE]) ?? parseCertificate(files[INTERNAL_CERTIFICATE]);
  return authority?.id ?? 'none';
}

/** Whether a TLS client that trusts `trusts` and connects to `ip` accepts what the broker shows. */
export function isAccepted(files: CertificateFiles, ip: string, trusts: string): boolean {
  const shown = parseCertificate(files[INTERNAL_CERTIFICATE]);
  if (shown === undefined || parseKey(files[INTERNAL_KEY]) !== shown.id) return false;
  return shown.names.includes(ip) && (shown.issuer === trusts || shown.id === trusts);
}

function parseKey(text: string | undefined): string | undefined {
  const body = /-----BEGIN RSA PRIVATE KEY-----\n(?<body>[\s\S]*?)\n-----END/.exec(text ?? '')?.groups?.body;
  if (body === undefined) return undefined;
  try {
    return (JSON.parse(Buffer.from(body, 'base64').toString('utf8')) as { keyOf?: string }).keyOf;
  } catch {
    return undefined;
  }
}

/**
 * What a restore leaves in the directory. An archive without a CA gets its leaf copied over the CA's files (CFY-7509);
 * one without any certificate (4.0.0) still overwrites the CA by the new leaf: the moves fail silently, the copy does not.
 */
export function restoredInternalFiles(
  current: CertificateFiles,
  archived: CertificateFiles,
): CertificateFiles {
  const moved: { [name: string]: string } = { ...current };
  for (const name of INTERNAL_FILES) {
    const content = archived[name];
    if (content !== undefined) moved[name] = content;
  }
  if (archived[CA_CERTIFICATE] === undefined) {
    moved[CA_CERTIFICATE] = moved[INTERNAL_CERTIFICATE] ?? '';
    moved[CA_KEY] = moved[INTERNAL_KEY] ?? '';
  }
  return moved;
}
