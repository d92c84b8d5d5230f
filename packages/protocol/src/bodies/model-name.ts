/** Compares as Ollama does: `llama3.2` is `llama3.2:latest`. */
export function sameModel(a: string, b: string): boolean {
  return a === b || fullModelName(a) === fullModelName(b);
}

/** With its tag, which is `latest` when there is none. */
export function fullModelName(model: string): string {
  // The tag is behind the last slash: a registry's port is not one.
  return model.slice(model.lastIndexOf('/') + 1).includes(':') ? model : `${model}:latest`;
}
