/** The parts of an OpenAPI 3.1 document that the relay makes and its tests look at. */
export interface OpenApiDocument {
  openapi: string;
  info: { title: string; version: string; description?: string; license?: { name: string; identifier?: string } };
  servers?: { url: string; description?: string }[];
  security?: Record<string, string[]>[];
  tags?: { name: string; description?: string }[];
  paths: Record<string, PathItem>;
  components: {
    schemas: Record<string, JsonSchema>;
    responses?: Record<string, DocumentedResponse>;
    headers?: Record<string, HeaderDescription>;
    securitySchemes?: Record<string, unknown>;
  };
  /** WebSockets, which OpenAPI has no word for. */
  'x-websockets'?: Record<string, WebSocketDescription>;
}

export const METHODS = ['get', 'head', 'post', 'put', 'patch', 'delete', 'options'] as const;
export type Method = (typeof METHODS)[number];
export type PathItem = Partial<Record<Method, Operation>>;

export interface Operation {
  operationId?: string;
  summary?: string;
  description?: string;
  tags?: string[];
  security?: Record<string, string[]>[];
  parameters?: Parameter[];
  requestBody?: { required?: boolean; content: Record<string, MediaType> };
  responses: Record<string, DocumentedResponse | Reference>;
  /** What its route says of itself, until the document is completed. */
  'x-route'?: RouteTraits;
}

export interface RouteTraits {
  access: string;
  limitedBy: string | undefined;
  /** It takes an Idempotency-Key. */
  idempotent?: boolean;
  /** Its errors come as an engine's API has them. */
  speaksEngine?: boolean;
}

export interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  description?: string;
  schema?: JsonSchema;
  example?: unknown;
}

export interface DocumentedResponse {
  description: string;
  headers?: Record<string, Reference>;
  content?: Record<string, MediaType>;
}

export interface HeaderDescription {
  description: string;
  /** On every answer that names it. */
  required?: boolean;
  schema: JsonSchema;
}

export interface MediaType {
  schema: JsonSchema;
  example?: unknown;
  /** Of a stream: the schema of each line. */
  'x-item-schema'?: JsonSchema;
}

export interface Reference {
  $ref: string;
}

/** JSON Schema 2020-12. */
export type JsonSchema = Record<string, unknown>;

export interface WebSocketDescription {
  summary: string;
  description: string;
  parameters: Parameter[];
  subprotocols: string[];
  /** What clients send. */
  send: Record<string, MediaType>;
  /** What they receive. */
  receive: Record<string, MediaType>;
}

/** All operations, each with where it is. */
export function* operationsOf({ paths }: Pick<OpenApiDocument, 'paths'>) {
  for (const [path, item] of Object.entries(paths)) {
    for (const method of METHODS) {
      const operation = item[method];
      if (operation !== undefined) yield { path, method, operation };
    }
  }
}
