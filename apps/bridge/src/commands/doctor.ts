import { Command } from 'commander';
import { EXIT_CODES } from '../bridge-error.ts';
import { examples } from '../cli/examples.ts';
import { forProfile } from '../cli/for-profile.ts';
import type { ReadConfig } from '../cli/program.ts';
import type { BridgeConfig } from '../config.ts';
import type { CheckResult, Facts } from '../doctor/check.ts';
import { VERSION } from '../version.ts';

/** After this the person is told what is being waited for. */
const SAY_SO_MS = 5_000;

interface DoctorOptions {
  json?: boolean;
  report?: string | true;
  exchange: boolean;
  model?: string;
}

export function doctorCommand(config: ReadConfig): Command {
  return new Command('doctor')
    .description('check everything between this computer and the relay, and say what to do')
    .option('--json', 'for scripts')
    .option('--report [file]', 'also write what was found to a file without secrets, to attach to a bug')
    .option('--no-exchange', 'ask no model anything')
    .option('--model <name>', 'the model to ask a word (default: the smallest)')
    .addHelpText(
      'after',
      `${examples(
        'cloudtolocalllm doctor',
        'cloudtolocalllm doctor --report',
        'cloudtolocalllm doctor --json | jq \'.checks[] | select(.status == "failed")\'',
      )}

Exits with 0 when nothing failed (warnings are told), else with 1.`,
    )
    .action((options: DoctorOptions) => doctor(config(), options));
}

/** `doctor`: tells each check as it is done, in order. Throws BridgeError when the report can't be written. */
async function doctor(config: BridgeConfig, options: DoctorOptions): Promise<void> {
  // Loaded here: other commands start without.
  const [{ readState }, { allChecks }, { runChecks }, { checkText }] = await Promise.all([
    import('../daemon/state-file.ts'),
    import('../doctor/all-checks.ts'),
    import('../doctor/run-checks.ts'),
    import('../doctor/check-text.ts'),
  ]);
  const facts: Facts = { config, running: readState(config.directory) };
  const results: CheckResult[] = [];
  for (const pending of runChecks(allChecks({ exchange: options.exchange, model: options.model }), facts)) {
    const timer = options.json ? undefined : setTimeout(() => console.error(WAITING), SAY_SO_MS);
    const found = await pending;
    clearTimeout(timer);
    const { advice } = found;
    const result = advice === undefined ? found : { ...found, advice: forProfile(advice, config.profile) };
    results.push(result);
    if (!options.json) console.log(checkText(result, true));
  }
  const hasFailed = results.some(({ status }) => status === 'failed');
  const report = options.report && (await writeReportFile(options.report, results, facts));
  if (options.json) {
    console.log(JSON.stringify({ ok: !hasFailed, version: VERSION, checks: results, ...(report && { report }) }));
  } else {
    console.log(`\n${summary(results)}`);
    if (report) console.log(`Report: ${report}`);
  }
  if (hasFailed) process.exitCode = EXIT_CODES.failed;
}

const WAITING = '... still waiting; a model that has to be loaded first may take two minutes (--no-exchange asks none)';

function summary(results: readonly CheckResult[]): string {
  const count = (wanted: CheckResult['status']): number => results.filter(({ status }) => status === wanted).length;
  const failures = count('failed');
  const warnings = count('warning');
  if (failures > 0) return `${failures} of ${results.length} checks failed: begin with the first.`;
  return warnings > 0 ? `Nothing failed; ${warnings} to look at.` : 'All is well.';
}

async function writeReportFile(option: string | true, results: readonly CheckResult[], facts: Facts): Promise<string> {
  const { reportText, writeReport } = await import('../doctor/report.ts');
  const time = new Date().toISOString().slice(0, 19).replaceAll(/[:T]/g, '-');
  const path = option === true ? `cloudtolocalllm-report-${time}.md` : option;
  await writeReport(path, await reportText(results, facts));
  return path;
}
