import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SyncError } from '../../domain/errors.ts';
import { type InitOptions, type InitPlan, planEmpty, planFrom } from '../init-plan.ts';
import { initReport, renderInit } from '../init-report.ts';
import type { Cli } from '../main.ts';
import { limitOption } from '../options.ts';
import { EXIT, print, printJson } from '../output.ts';

const DEFAULT_RECORDS = 10_000;

export function addInit({ program, act }: Cli): void {
  program
    .command('init [dir]')
    .description('begin a project, or propose a sync from a sample file; never overwrites anything')
    .option('--from <file>', 'a CSV, JSON, NDJSON or XML export, or one in gzip')
    .option('--object <name>', 'the object of the CRM that the records become. Default: the one they fit best')
    .option('--name <sync>', 'the name of the sync. Default: from the connection and the file')
    .option('--record <path>', 'where the records are in JSON or XML. Default: what repeats most')
    .option('--records <n>', 'how many records to look at, at most', limitOption, DEFAULT_RECORDS)
    .option('--print', 'write nothing; show what would be written', false)
    .action(
      act(async (options, dir: string | undefined, choice: InitOptions & { readonly print: boolean }) => {
        const project = dir ?? options.project;
        const plan = await (choice.from === undefined ? planEmpty(project) : planFrom(project, choice.from, choice));
        if (!choice.print) await write(project, plan);
        const written = choice.print ? [] : Object.keys(plan.files);
        if (options.json) printJson(initReport(plan, written));
        else if (choice.print) print(shown(plan));
        else print(renderInit(plan, written, project));
        return EXIT.done;
      }),
    );
}

async function write(dir: string, { files }: InitPlan): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const path = join(dir, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text, { flag: 'wx' }).catch((cause: unknown) => {
      throw new SyncError('config.usage', {
        message: `${path} cannot be written: it is there already, or its folder is not ours`,
        cause,
      });
    });
  }
}

function shown({ files }: InitPlan): string {
  const texts = Object.entries(files).map(([name, text]) => `# ${name}\n${text.trimEnd()}`);
  return texts.join('\n---\n');
}
