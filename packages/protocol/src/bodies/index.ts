export { BodyFields, type BodyString } from './body-fields.ts';
export { fieldNames } from './field-names.ts';
export { fullModelName, sameModel } from './model-name.ts';
export { namedModels, type NamedModels } from './named-models.ts';
