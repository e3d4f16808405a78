package menus

import (
	"encoding/json"

	"github.com/invopop/jsonschema"
)

// Schema is the JSON Schema of a tree file, so that an editor completes its keys and underlines its mistakes.
func Schema() []byte {
	reflector := &jsonschema.Reflector{Anonymous: true, ExpandedStruct: true}
	schema := reflector.Reflect(treeFile{})
	schema.Title = "A file of a Sapar menu tree"
	text, err := json.MarshalIndent(schema, "", "  ")
	if err != nil {
		panic("menus: schema: " + err.Error()) // the structs are part of the program
	}
	return append(text, '\n')
}
