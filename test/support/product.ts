/** A product on one box, as the runbook of the engine's tests upgrades it. */
import { createFakeHosts, type FakeHosts, type Outcome } from './fake-hosts.ts';

export interface Product {
  version: string;
  backups: number;
  /** Answers of \`backup-state\`, the last one for ever. */
  readonly backupStates: string[];
  readonly hosts: FakeHosts;
  /** Runs instead of what the product would do. */
  intercept: (text: string, attempt: string) => Outcome | undefined;
}

export function createProduct(clock: { now: number }): Product {
  const hosts = createFakeHosts({
    now: () => clock.now,
    pass: (seconds) => {
      clock.now += seconds * 1000;
    },
    start(text, attempt) {
      const special = product.intercept(text, attempt);
      if (special !== undefined) return special;
      if (text.startsWith('backup "'))
        return {
          out: `starting\nbackup number ${product.backups + 1}\n`,
          takesS: 60,
          effect: () => {
            product.backups += 1;
            hosts.files.set('box:/var/backup', new TextEncoder().encode(`backup ${product.backups}`));
          },
        };
      if (text.startsWith('backup-delete'))
        return {
          effect: () => {
            product.backups = 0;
          },
        };
      if (text.startsWith('install-product'))
        return {
          out: 'installed\n',
          takesS: 120,
          effect: () => {
            product.version = text.trim().split(' ')[1] ?? '';
          },
        };
      return { code: 127, err: `${text.trim()}: not found\n` };
    },
    look(text) {
      const line = text.trim();
      if (line.startsWith('cat /etc/product-version')) return { out: `${product.version}\n` };
      if (line === 'backup-state')
        return {
          out:
            (product.backupStates.length > 1 ? product.backupStates.shift() : product.backupStates[0]) ?? '',
        };
      if (line === 'backup-absent') return { code: product.backups === 0 ? 0 : 1 };
      if (line === 'product-version') return { out: `${product.version}\n` };
      if (line === 'product-running') return { code: 0 };
      return { code: 127, err: `${line}: not found` };
    },
  });
  const product: Product = {
    version: '1.0',
    backups: 0,
    backupStates: ['running', 'done'],
    hosts,
    intercept: () => undefined,
  };
  return product;
}
