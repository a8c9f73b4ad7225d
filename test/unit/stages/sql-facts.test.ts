import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readSql, sqlFactsOf } from '../../../gateway/stages/sql-facts.ts'

const isRead = (sql: string): boolean => {
  const facts = readSql(sql)
  return facts.parsed && facts.statements === 1 && facts.kinds.every(kind => kind === 'select')
}

test('plain reads are recognised as one select', () => {
  for (const sql of [
    'select * from customers', 'SELECT name, count(*) FROM orders GROUP BY name;', "select 'drop table x' as text from t where a = ';'",
    'with recent (id) as (select id from orders where day > 3) select * from recent', 'select "delete" from "update" where x in (1, 2)',
    'select a -- drop table b\nfrom t', 'select coalesce(a, lower(b)) from t /* delete */ order by 1 limit 5', 'select replace(name, 1, 2) from t',
  ]) assert.equal(isRead(sql), true, sql)
})

test('whatever writes, or might, is not a read', () => {
  for (const sql of [
    'delete from customers', 'DROP TABLE customers', 'insert into t values (1)', 'select 1; drop table t', 'with x as (delete from t returning *) select * from x',
    'select * into backup from t', 'pragma writable_schema = 1', "select load_extension('x')", "select pg_read_file('/etc/passwd')", 'explain analyze delete from t',
    "select 'it\\'s; drop table t --'", 'select $$ ; $$', "select 'unclosed", '/*! drop table t */ select 1', 'select writefile(1, 2)', 'attach database x as y',
    'update t set a = 1', '', 'vacuum', 'select 1 /* unclosed', 'copy t to stdout', 'select "lo_import"(1)', 'select 1--1; drop table t', 'select * from t # comment\n; drop table t',
  ]) assert.equal(isRead(sql), false, sql)
})

test('facts name tables, statements and a missing where', () => {
  assert.deepEqual(readSql('delete from customers'), { parsed: true, kinds: ['delete'], tables: ['customers'], has_where: false, statements: 1 })
  assert.deepEqual(readSql('update t set a = 1 where b = 2'), { parsed: true, kinds: ['update'], tables: ['t'], has_where: true, statements: 1 })
})

test('only arguments that look like SQL are judged as SQL', () => {
  assert.equal(sqlFactsOf(null), null)
  assert.equal(sqlFactsOf({ path: '/tmp' }), null)
  assert.equal(sqlFactsOf({ query: 'weather in Berlin' }), null)
  assert.equal(sqlFactsOf({ query: 'select 1' })?.parsed, true)
  assert.equal(sqlFactsOf({ query: 'select 1', sql: 'drop table t' })?.parsed, false)
})
