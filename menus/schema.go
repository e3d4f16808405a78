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

// JSONSchema describes wording: a text in each of the four languages.
func (Wording) JSONSchema() *jsonschema.Schema {
	properties := jsonschema.NewProperties()
	for _, lang := range Languages {
		properties.Set(string(lang), &jsonschema.Schema{Type: "string"})
	}
	return &jsonschema.Schema{
		Type: "object", Properties: properties, Required: []string{"ky", "ru", "uz", "en"}, AdditionalProperties: jsonschema.FalseSchema,
	}
}
