/** Where a unit's program lies once the package is installed. */
export const PROGRAM = '/usr/bin/cloudtolocalllm';

/** The units that the Debian package brings, by path: one for people's own sessions, one for the system, `@` their name. */
export function systemdUnits(): Record<string, string> {
  return {
    '/usr/lib/systemd/user/cloudtolocalllm.service': unit('', 'default.target'),
    '/usr/lib/systemd/system/cloudtolocalllm@.service': unit('User=%i\n', 'multi-user.target'),
  };
}

function unit(user: string, wantedBy: string): string {
  return `[Unit]
Description=CloudToLocalLLM bridge: this computer's language models on your relay
Documentation=man:cloudtolocalllm(1)

[Service]
ExecStart=${PROGRAM} up
${user}Restart=always
RestartSec=5

[Install]
WantedBy=${wantedBy}
`;
}
