/** The file that an owner finds and edits: every setting with its default, which is what holds without the file. */
export const POLICY_TEMPLATE = `# What may reach the models on this computer through the relay.
#
# Changes apply as soon as this file is saved, also while the bridge runs. A file with a mistake is refused with its line,
# and what held before stays. Answers that are being written are not cut off. To look and to try out:
#   cloudtolocalllm policy show      what holds, in words
#   cloudtolocalllm policy check     whether this file can be read
#   cloudtolocalllm policy test POST /api/chat --model llama3.2
# A setting that is left out has the value that is written here.

# What may be called. Groups:
#   chat         questions and answers (/api/chat, /api/generate, /v1/chat/completions, /v1/messages, /v1/responses, ...)
#   embeddings   /api/embed, /api/embeddings, /v1/embeddings
#   listing      which models there are and what they can do (/api/tags, /api/show, /v1/models, ...)
# and single calls, such as "POST /v1/rerank" or "POST /v1/audio/*" (the star only at the end).
allow: [chat, embeddings, listing]

# Which models, by name; * stands for anything, capitals do not count, and "llama3.2" is "llama3.2:latest".
# "deny" wins: deny: ["*cloud"] keeps out the models that Ollama runs elsewhere. Other models are not listed either.
models:
  allow: ["*"]
  deny: []

# How much at once, over all engines: a number or unlimited.
limits:
  running: unlimited # requests that are being answered
  waiting: unlimited # requests that wait for their turn

# When, by this computer's clock: always, or a list such as
#   hours: ["mon-fri 08:00-18:00", "sat 10:00-14:00", "fri 22:00-02:00"]
# The last one ends on Saturday. Outside these hours nothing new begins; what runs is finished.
hours: always

# What may be done with the models themselves, by you in the web app. Who may pull or delete may also load.
# (cloudtolocalllm up --allow-model-management turns on all three, whatever is written here.)
manage:
  load: false # into memory and out of it
  pull: false # download
  delete: false # from the disk

# What the bridge writes into its own log.
log:
  # none, errors or all: a line for each request with method, path, model, status, bytes and time
  requests: none
  # What is asked and answered is never logged: nothing else than false can be written here.
  content: false
`;
