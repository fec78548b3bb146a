/** The launcher's contract, over a real sshd, with busybox standing as sh. */
import { hostsContract } from '../support/hosts-contract.ts';
import { program } from '../support/programs.ts';
import { realHost } from '../support/real-host.ts';

hostsContract('the launcher under busybox sh', () => realHost({ shell: [program('busybox', 'busybox')] }));
