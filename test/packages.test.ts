import { describe, expect, it } from 'vitest'
import { root } from './helpers/child.js'
import { Isolate } from './helpers/isolates.js'
import { patience } from './helpers/until.js'

// biome-ignore lint/suspicious/noExplicitAny: packages of all kinds
type Library = any

/** What is done with a package, here and in an isolate: each function is sent by its text and sees its package only. */
const tasks: Record<string, (library: Library) => unknown> = {
  zod: ({ z }) => {
    const User = z.object({
      name: z.string().min(2),
      age: z.number().int().optional(),
      tags: z.array(z.enum(['a', 'b'])),
    })
    const issues = (value: unknown): unknown =>
      User.safeParse(value).error?.issues.map(({ code, path, message }: Library) => [code, path, message])
    return [User.parse({ name: 'Ada', tags: ['b'] }), issues({ name: 'x', age: 1.5, tags: ['c'] }), issues(null)]
  },
  marked: ({ marked }) =>
    marked.parse(
      '# Title\n\nSome *text* with `code` and [a link](https://example.org).\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n- one\n- two\n',
    ),
  acorn: ({ parse, tokenizer }) => [
    JSON.parse(
      JSON.stringify(
        parse('const f = async (x) => { for await (const y of x) take(y?.z ?? 1) }', { ecmaVersion: 2023 }),
      ),
    ),
    [...tokenizer('a + `b` ?? c', { ecmaVersion: 2023 })].map((token) => token.type.label),
  ],
  handlebars: ({ default: handlebars }) => {
    const template = handlebars.compile(
      '{{#each items}}{{@index}}: {{upper name}}{{#if last}}!{{else}}, {{/if}}{{/each}}{{{raw}}}{{raw}}',
    )
    const items = [{ name: 'one' }, { name: 'two', last: true }]
    return template({ items, raw: '<b>' }, { helpers: { upper: (text: string) => text.toUpperCase() } })
  },
  'lodash-es': (lodash) => [
    lodash.chunk([1, 2, 3, 4, 5], 2),
    lodash.groupBy(['one', 'two', 'three'], 'length'),
    lodash.merge({ a: { b: 1 } }, { a: { c: [1, { d: 2 }] } }),
    lodash.sortBy([{ n: 2 }, { n: 1 }], 'n'),
    lodash.template('Hello <%= name %>')({ name: 'you' }),
    lodash.cloneDeep(new Map([[1, { x: new Date(0) }]])),
  ],
  'date-fns': ({ addMonths, differenceInBusinessDays, format, formatDistance, parseISO }) => [
    format(addMonths(new Date(2024, 0, 31), 1), "yyyy-MM-dd'T'HH:mm, EEEE do"),
    differenceInBusinessDays(parseISO('2024-03-15'), parseISO('2024-02-01')),
    formatDistance(0, 86_400_000 * 40, { addSuffix: true }),
  ],
  mathjs: ({ derivative, evaluate, format, matrix, inv, unit }) => [
    derivative('x^3 + 2x sin(x)', 'x').toString(),
    evaluate('sqrt(-4) + det([1, 2; 3, 4])').toString(),
    format(
      inv(
        matrix([
          [2, 1],
          [1, 1],
        ]),
      ),
    ),
    unit('90 km/h').to('m/s').toString(),
  ],
  ajv: ({ default: library }) => {
    const Ajv = library.default ?? library
    const validate = new Ajv({ allErrors: true }).compile({
      type: 'object',
      properties: {
        id: { type: 'integer', minimum: 1 },
        tags: { type: 'array', uniqueItems: true, items: { type: 'string' } },
      },
      required: ['id', 'name'],
      additionalProperties: false,
    })
    return [validate({ id: 0, tags: ['a', 'a'], other: 1 }), validate.errors, validate({ id: 1, name: 1 })]
  },
  typescript: ({ default: ts }) => {
    const source =
      'enum Level { Low, High }\nexport const at = <T,>(list: T[], i: number): T | undefined => list?.[i]\nexport default class A { #x: number = Level.High }'
    const { outputText, diagnostics } = ts.transpileModule(source, {
      compilerOptions: { target: ts.ScriptTarget.ES2018, module: ts.ModuleKind.CommonJS },
      reportDiagnostics: true,
    })
    return [outputText, diagnostics?.length]
  },
  'react react-dom/server': ({ createElement, renderToString, useMemo }) => {
    const Item = ({ name }: Library): unknown =>
      createElement(
        'li',
        { className: 'a"b', style: { top: 1 } },
        name,
        useMemo(() => 1, []),
      )
    const items = ['<one>', 'two & three'].map((name, key) => createElement(Item, { name, key }))
    return renderToString(
      createElement(
        'ul',
        { hidden: true },
        ...items,
        createElement('p', { dangerouslySetInnerHTML: { __html: '<hr>' } }),
      ),
    )
  },
  hono: async ({ Hono }) => {
    const app = new Hono()
    app.get('/hello/:name', (c: Library) =>
      c.json({ hello: c.req.param('name'), query: c.req.query('q') }, 201, { 'x-made': 'here' }),
    )
    app.post('/echo', async (c: Library) => c.text((await c.req.text()).toUpperCase()))
    app.onError((error: Error, c: Library) => c.text(`caught ${error.message}`, 500))
    app.get('/fail', () => {
      throw new Error('it')
    })
    const ask = async (path: string, init?: object): Promise<unknown> => {
      const response = await app.fetch(new Request(`http://guest.test${path}`, init))
      return [
        response.status,
        response.headers.get('x-made'),
        response.headers.get('content-type'),
        await response.text(),
      ]
    }
    return [
      await ask('/hello/you%20all?q=1'),
      await ask('/echo', { method: 'POST', body: 'loud' }),
      await ask('/fail'),
      await ask('/nowhere'),
    ]
  },
}

describe('packages of npm in a bare isolate do what they do at the host', () => {
  for (const [name, task] of Object.entries(tasks)) {
    // Reading, compiling and running thousands of files takes its time on a busy machine.
    it(name, { timeout: 8 * patience }, async () => {
      const names = name.split(' ')
      const imports = names.map((each, i) => `import * as library${i} from ${JSON.stringify(each)}`)
      const library = `{ ${names.map((_, i) => `...library${i}`)} }`
      const source = `${imports.join(';')}; export default await (${task})(${library})`
      using isolate = new Isolate({ modules: { root, packages: true, sources: { task: source } } })
      const { default: result } = await isolate.import<{ default: unknown }>('task')
      const expected = await task(
        Object.assign({}, ...(await Promise.all(names.map((each) => import(/* @vite-ignore */ each))))),
      )
      expect(result).toEqual(expected)
      expect(JSON.stringify(result)).toBe(JSON.stringify(expected))
    })
  }
})
