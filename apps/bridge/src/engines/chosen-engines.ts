import type { BridgeConfig } from '../config.ts';
import { loadEngineFile } from './engine-file.ts';
import { type EngineChoice, namedEngines } from './engine-settings.ts';

/** Which engines a bridge uses, and who says so. */
export interface ChosenEngines {
  choice: EngineChoice;
  by: 'option' | 'OLLAMA_HOST' | 'file' | 'nobody';
}

/**
 * Those that are named on the command line, else the one of `OLLAMA_HOST`: these and no others. Else what the file says;
 * without one, those that are found. Throws BridgeError.
 */
export async function chosenEngines(
  config: Pick<BridgeConfig, 'directory' | 'engineUrl'>,
  addresses: readonly string[] = [],
): Promise<ChosenEngines> {
  if (addresses.length > 0) return { choice: namedEngines(addresses), by: 'option' };
  if (config.engineUrl !== undefined) return { choice: namedEngines([config.engineUrl]), by: 'OLLAMA_HOST' };
  const choice = await loadEngineFile(config.directory);
  return choice ? { choice, by: 'file' } : { choice: { engines: [], discover: true }, by: 'nobody' };
}
