/**
 * The text of an ES module of about a megabyte, as a bundler makes them: many functions, of which some run when it is
 * imported. Each `salt` makes a text that nobody has compiled before.
 *
 * @param {number} salt
 */
export function makeBundle(salt) {
  const functions = Array.from({ length: 4500 }, (_, i) => {
    const body = `const list = []; for (let i = 0; i < ${i % 7}; i++) list.push({ index: i, name: 'item ${i}', value: input * ${i} + i })`
    return `function f${i}(input) { ${body}; return list.reduce((sum, { value }) => sum + value, ${salt % 1000}) + Math.hypot(input, ${i}) }`
  })
  const calls = Array.from({ length: 900 }, (_, i) => `f${i * 5}(${i})`)
  return `// ${salt}\n${functions.join('\n')}\nexport const sum = [${calls}].reduce((a, b) => a + b)\n`
}
