/** The variables that the program reads (config.ts), for the man page. */
export const ENVIRONMENT: Readonly<Record<string, string>> = {
  CLOUDTOLOCALLLM_RELAY: 'address of the relay for login',
  CLOUDTOLOCALLLM_PROFILE: 'the profile, as --profile names it',
  CLOUDTOLOCALLLM_HOME: 'folder of everything that the program keeps, instead of ~/.config/cloudtolocalllm',
  CLOUDTOLOCALLLM_KEYCHAIN: "off: login keeps the tokens in a file, not in the system's keychain",
  CLOUDTOLOCALLLM_ALLOW_MODEL_MANAGEMENT: '1: models may be loaded, pulled and deleted through the relay',
  OLLAMA_HOST: 'address of the engine for up, as Ollama reads it',
  NO_COLOR: 'any text: no colours',
};
