import { z } from 'zod';
import { policySettings } from './policy-settings.ts';

/** What is in force, for people, and in `state.json` for other commands. */
export const policyReport = z.object({
  /** `closed`: the file was wrong from the start, so nothing is let through. */
  from: z.enum(['file', 'defaults', 'closed']),
  settings: policySettings,
  /** What allows models to be managed whatever the file says. */
  allowedBy: z.enum(['--allow-model-management', 'CLOUDTOLOCALLLM_ALLOW_MODEL_MANAGEMENT']).optional(),
  /** Why the file as it is now is not what is in force: lines for a terminal. */
  fault: z.string().optional(),
  /** Why nothing is let through now: the hours, or a file that was wrong from the start. */
  closed: z.string().optional(),
});
export type PolicyReport = z.output<typeof policyReport>;
export type AllowedBy = NonNullable<PolicyReport['allowedBy']>;
