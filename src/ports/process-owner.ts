/**
 * Who holds a lease: a process of this machine, named so that a later one can see whether it is gone. A bot that was killed
 * and starts again goes on at once instead of waiting for its own old lease.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

interface Life {
  /** Of the kernel: after a reboot all numbers begin anew. */
  readonly boot: string;
  /** Containers have numbers of their own; 4026531836 stands for one set of them. */
  readonly namespace: string;
  readonly pid: string;
  /** Ticks since boot: a pid that is used again has another. */
  readonly began: string;
}

/** undefined where there is no /proc, or no such process; a zombie does nothing any more. */
function lifeOf(pid: number): Life | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name of a process may hold spaces and brackets; what we want is behind the last one.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const began = fields[19];
    if (began === undefined || fields[0] === 'Z' || fields[0] === 'X') return undefined;
    return {
      boot: readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim(),
      namespace: readlinkSync('/proc/self/ns/pid').replace(/\D/g, ''),
      pid: String(pid),
      began,
    };
  } catch {
    return undefined;
  }
}

/** Unique; carries what `isGone` needs. */
export function ownerName(pid = process.pid): string {
  const life = lifeOf(pid);
  const known = life === undefined ? [] : [life.boot, life.namespace, life.pid, life.began];
  return [hostname(), randomUUID(), ...known].join('/');
}

/** Only when it is certain: false for an owner of another machine or container, and for a text that we do not know. */
export function isGone(owner: string): boolean {
  const [, , boot, namespace, pid, began] = owner.split('/');
  const own = lifeOf(process.pid);
  if (pid === undefined || began === undefined || own === undefined) return false;
  if (boot !== own.boot || namespace !== own.namespace) return false;
  return lifeOf(Number(pid))?.began !== began;
}
