// The program of an embedded receiver process, forked by the supervisor. Its own process: it answers whatever becomes of
// the workers, and a crash of it takes nothing else along.

import { runSupervised } from '../supervised.ts';
import { RECEIVER_CONFIG } from './config.ts';
import { runReceiver } from './receiver.ts';

const log = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

await runSupervised(RECEIVER_CONFIG, (config, hooks) => runReceiver(config, { ...hooks, log }));
