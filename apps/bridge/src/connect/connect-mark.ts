/** On each answer of `connect`: a bridge on the same computer must not take it for an engine and go in a circle. */
export const CONNECT_HEADER = 'x-cloudtolocalllm-connect';

/** At the end of the User-Agent of what `connect` sends, which travels to the engine: what comes back with it is a circle. */
export const CONNECT_AGENT = 'cloudtolocalllm-connect';
