// What the JavaScript programs share: the tool that the model is to call, and the one line in which a program says what it saw.
const calls = []
const deltas = []

export const { MODEL: model, PROMPT: prompt } = process.env
export const description = 'Looks up what a word means for somebody.'
export const parameters = { type: 'object', properties: { word: { type: 'string' }, mail: { type: 'string' } }, required: ['word', 'mail'], additionalProperties: false }

/** The tool. Its answer is known to this process only: a model that says it has got it from here. */
export const lookup = ({ word, mail }) => {
  calls.push({ word, mail })
  return `${word} for ${mail} is ${process.env.TOOL_ANSWER}`
}

/** Notes a piece of text when it arrives. */
export const heard = text => { if (text) deltas.push({ atMs: Date.now(), text }) }

/** For programs whose tool is not ours. */
export const called = args => { calls.push(args) }

export const report = text => { console.log(JSON.stringify({ report: { text, calls, deltas } })) }
