/** The launcher's contract, over a real sshd, with dash standing as sh. */
import { hostsContract } from '../support/hosts-contract.ts';
import { program } from '../support/programs.ts';
import { realHost } from '../support/real-host.ts';

hostsContract('the launcher under dash', () => realHost({ shell: [program('dash', 'dash')] }));
