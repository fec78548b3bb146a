import { inPlace42, migration41 } from '../manager/cloudify/presets/presets.ts';
import { botIsThere, messages, planned, request } from './acts.ts';
import { createStage } from './stage.ts';

const stage = await createStage({ preset: process.argv[2] === 'm' ? migration41 : inPlace42, k: 300 });
try {
  stage.bot.start();
  await botIsThere(stage);
  const card = await request(
    stage,
    process.argv[2] === 'm' ? { flow: 'migration', to: '4.3.1' } : { flow: 'in-place', to: '4.3.1' },
  );
  await planned(stage, card);
  for (const m of messages(stage, card).toReversed()) console.log('----', m.text);
  for (const [n, h] of stage.hosts)
    for (const e of h.ledger)
      if (e.kind === 'command' && (!e.known || (e.exitCode ?? 0) !== 0))
        console.log(n, e.known, e.exitCode, e.argv.join(' ').slice(0, 200));
} finally {
  await stage.close();
}
