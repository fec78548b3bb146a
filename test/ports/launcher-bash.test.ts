/** The launcher's contract, over a real sshd, with bash standing as sh: what CentOS and RHEL have there. */
import { hostsContract } from '../support/hosts-contract.ts';
import { program } from '../support/programs.ts';
import { realHost } from '../support/real-host.ts';

hostsContract('the launcher under bash', () => realHost({ shell: [program('bash', 'bash')] }));
