package main

import "encoding/json"

func quoted(text string) (string, error) {
	bytes, err := json.Marshal(text)
	return string(bytes), err
}

var fixedDocuments = []string{
	`{"name":{"first":"Tom","last":"Anderson"},"age":37,"children":["Sara","Alex","Jack"],"fav.movie":"Deer Hunter",
"friends":[{"first":"Dale","last":"Murphy","age":44,"nets":["ig","fb","tw"]},{"first":"Roger","last":"Craig","age":68,"nets":["fb","tw"]},
{"first":"Jane","last":"Murphy","age":47,"nets":["ig","tw"]}],"vals":[{"a":1,"b":true},{"a":2,"b":"yes"},{"a":3,"b":0},{"a":4,"b":null},{"a":5}]}`,
	`{"db.example.com":{"user":"app","password":"p"},"tls.crt":"cert","tls":{"crt":"nested"},"a":1,"a":{"b":2},"a":{"c":3},"":"empty",
"big":9007199254740993,"huge":1e400,"zero":-0,"ten":1.10,"text":"{\"id\":1023,\"list\":[1,2]}","x":[1,[2,[3,[]]],[],[ [4] , 5 ],{"y":[6]}],
"id":["1","2"],"val":[3, 4,5],"odd\u0041":"A","\ud83d\ude00":"grin","*":"star","a|b":"pipe","back\\slash":"b"}`,
	`[{"first":"Tom","age":37},{"last":"Smith","age":41},[1,2],"three",null,{"age":null}]`,
	"{\"name\":\"Gilbert\",\"age\":61}\n{\"name\":\"Alexa\",\"age\":34}\n{\"name\":\"May\",\"age\":57}\n",
	`{"b":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30],"a":{"z":[],"y":{},"x":[[1,2],[3,{"k":"v"}]]}}`,
	`"text"`, `12.50`, `null`, `true`, `[]`, `{}`, ` {"a" : [ 1 , 2 ] } `,
}

var fixedPaths = []string{
	"name.last", "age", "children", "children.#", "children.1", "child*.2", "c?ildren.0", `fav\.movie`, "fav.movie", "friends.#.first",
	"friends.1.last", `friends.#(last=="Murphy").first`, `friends.#(last=="Murphy")#.first`, "friends.#(age>45)#.last",
	`friends.#(first%"D*").last`, `friends.#(first!%"D*").last`, `friends.#(nets.#(=="fb"))#.first`, `friends.#(nets.#(=="ig"))#|#`,
	"friends.#(age>=47)#|0.first", "friends.#(age>=47)#.first|@reverse|0", "friends.#(last=Murphy)#|#.first", "friends.#.nets|1", "friends.#.nets.#",
	"friends|#", "friends|1|first", "friends.#(age<0)#", "friends.#(age<0)#|0", "friends.#(age<0)", "friends.#[age==44].first",
	"vals.#(b==~true)#.a", "vals.#(b==~false)#.a", "vals.#(b==~null)#.a", "vals.#(b==~*)#.a", "vals.#(b!=~*)#.a", "vals.#(b)#.a",
	"{name.first,age}", `{name.first,"years":age,"n":children.#}`, "[name.first,age,missing]", "{name.first,friends.#.age}|@keys",
	`{age,"lit":!"v","num":!5,"obj":!{"a":[1]}}`, `[!true,!false,!null]`, `{children,"all":@this.age}`, "children|@reverse", "children.@reverse.0",
	"@this", "@valid", "@ugly", "@pretty", "@keys", "@values", "@reverse", "@tostr", "@tostr|@fromstr", "@this|age", "name.@keys", "name|@values|0",
	"name.@pretty", `name|@pretty:{"sortKeys":true}`, `@pretty:{"sortKeys":true,"indent":"\t","width":40}`, `@pretty:{"width":-1}`, "a.@pretty",
	"@dig:first", "@dig:#.b", "@dig:age|0", `@dig:tls\.crt`, "@group", "{id,val}|@group", "x.@flatten", `x.@flatten:{"deep":true}`, "@join", "0|@join",
	`[name,{"age":age}]|@join`, `friends.@join`, `friends|@join:{"preserve":true}`, "text.@fromstr.id", "text|@fromstr|list.1", "big", "huge", "zero",
	"ten", `db\.example\.com.user`, `db\.example\.com`, "db*.user", `tls\.crt`, "tls.crt", "a", "a.b", "a.c", "a.d", "", ".", "..", "...", "|", "@", "!", "#",
	"oddA", "😀", `\*`, "*", `a\|b`, "a|b", `back\\slash`, "b", "b.29", "b.30", "b.01", "b.-1", "..#", "..1", "..1.name", "..#.name", `..#(name="May").age`,
	"..0|@this", "0.first", "1.age", "#.age", "#.last", "#(age)#", "#(age=null)", "3", "4", "5.age", "#(=three)", "x.1.1.0", "x.4.y.0", "x.#.0", "x.#(0=2)",
	"[a", "{a}b", "[a]b", "#(a", "@nope", "@nope:1", "@flatten:deep", "!x", "name.!true", "missing|@tostr", "name.missing|@tostr", "name.missing|@keys",
	"[]", "{}", "[,]", "{a:b}", "{@this:a}", `{"a":name,"a":age}`, "name.first.x", "age.x", "age|@this", "age.@this", "children.x", "children.@this.#",
}
