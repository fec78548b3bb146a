/** Which program a simple command really starts: `timeout 5 env A=b ssh host` starts ssh. */
import type { ShellCommand, ShellWord } from '../shell-cursor.ts';

/** Programs that start another one, with those of their options that take a value of their own. */
const WRAPPERS: {
  readonly [name: string]: { readonly valued: readonly string[]; readonly operands: number };
} = {
  command: { valued: [], operands: 0 },
  exec: { valued: ['-a'], operands: 0 },
  env: { valued: ['-u', '-C'], operands: 0 },
  nohup: { valued: [], operands: 0 },
  nice: { valued: ['-n'], operands: 0 },
  ionice: { valued: ['-c', '-n', '-p'], operands: 0 },
  setsid: { valued: [], operands: 0 },
  stdbuf: { valued: ['-i', '-o', '-e'], operands: 0 },
  time: { valued: ['-f', '-o'], operands: 0 },
  timeout: { valued: ['-s', '-k'], operands: 1 },
  flock: { valued: ['-w', '-E'], operands: 1 },
  xargs: { valued: ['-I', '-n', '-P', '-L', '-d', '-a'], operands: 0 },
  busybox: { valued: [], operands: 0 },
};

export function baseName(word: ShellWord | undefined): string {
  return word?.literal?.split('/').at(-1) ?? '';
}

/** Index of the word that names the program. */
export function programAt({ words }: Pick<ShellCommand, 'words'>): number {
  let index = 0;
  for (;;) {
    const wrapper = WRAPPERS[baseName(words[index])];
    if (wrapper === undefined) return index;
    index++;
    let operands = wrapper.operands;
    for (; index < words.length; index++) {
      const text = words[index]?.literal ?? '';
      if (wrapper.valued.includes(text)) index++;
      else if (!text.startsWith('-') && words[index]?.assigns === null && operands-- === 0) break;
    }
    if (index >= words.length) return words.length - 1;
  }
}

export function programName(command: Pick<ShellCommand, 'words'>): string {
  return baseName(command.words[programAt(command)]);
}
