// The tools of a Gemini request. Those that Google runs itself nobody else runs.
import { many, objectsIn } from '../../gemini/fields.ts'
import { isObject, type JsonObject } from '../../request-fields.ts'
import type { Conversation, Tool, ToolChoice } from '../conversation.ts'
import type { Losses } from '../losses.ts'
import { objectOf, requiredText, textOf } from '../members.ts'
import { jsonSchemaOf } from './schemas.ts'

const schemaOf = (declared: JsonObject): Tool['schema'] => {
  const { parametersJsonSchema } = declared
  if (isObject(parametersJsonSchema)) return parametersJsonSchema
  const schema = jsonSchemaOf(declared['parameters'])
  return isObject(schema) ? schema : { type: 'object', properties: {} }
}

const declaredRead: ReadonlySet<string> = new Set(['name', 'description', 'parameters', 'parametersJsonSchema'])

const toolsOf = (body: JsonObject, losses: Losses): Tool[] => objectsIn(body['tools']).flatMap((tool, at) => {
  losses.unread(tool, new Set(['functionDeclarations']), 'tools.*.')
  return objectsIn(tool['functionDeclarations']).map((declared, place): Tool => {
    losses.unread(declared, declaredRead, 'tools.*.functionDeclarations.*.')
    const name = requiredText(declared['name'], `tools.${at}.functionDeclarations.${place}.name`)
    return { name, description: textOf(declared['description']), schema: schemaOf(declared), strict: null, cached: false }
  })
})

/** "Must call something" with a list of names: the tools that are not on it are not offered. */
const among = (tools: readonly Tool[], names: readonly unknown[]): readonly Tool[] => names.length === 0 ? tools : tools.filter(tool => names.includes(tool.name))

/** @throws Failure request.malformed */
export const readTools = (body: JsonObject, losses: Losses): Pick<Conversation, 'tools' | 'toolChoice'> => {
  const tools = toolsOf(body, losses)
  const config = objectOf(body['toolConfig'])
  losses.unread(config, new Set(['functionCallingConfig']), 'toolConfig.')
  const calling = objectOf(config['functionCallingConfig'])
  losses.unread(calling, new Set(['mode', 'allowedFunctionNames']), 'toolConfig.functionCallingConfig.')
  const names = many(calling['allowedFunctionNames'])
  const [only] = names
  const choice = (toolChoice: ToolChoice | null): Pick<Conversation, 'tools' | 'toolChoice'> => ({ tools, toolChoice })
  switch (calling['mode']) {
    case undefined: case null: case 'MODE_UNSPECIFIED': return choice(null)
    case 'AUTO': return choice({ kind: 'auto' })
    case 'NONE': return choice({ kind: 'none' })
    case 'ANY': return names.length === 1 && typeof only === 'string' ? choice({ kind: 'tool', name: only }) : { tools: among(tools, names), toolChoice: { kind: 'any' } }
    // The check of arguments while they are written is lost; the choice is not.
    case 'VALIDATED': losses.lost('toolConfig.functionCallingConfig.mode'); return { tools: among(tools, names), toolChoice: { kind: 'auto' } }
    default: losses.lost('toolConfig.functionCallingConfig.mode'); return choice(null)
  }
}
