package operators

import (
	"crypto/sha256"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
)

//go:embed views/*.html
var viewFiles embed.FS

//go:embed assets
var assetFiles embed.FS

// views are the pages, each with the frame around it.
type views map[string]*template.Template

func readViews() (views, error) {
	base, err := template.New("").Funcs(template.FuncMap{"asset": assetPath}).ParseFS(viewFiles, "views/layout.html", "views/parts.html")
	if err != nil {
		return nil, fmt.Errorf("read views: %w", err)
	}
	names, err := fs.Glob(viewFiles, "views/*.html")
	if err != nil {
		return nil, fmt.Errorf("read views: %w", err)
	}
	out := views{}
	for _, name := range names {
		view, err := base.Clone()
		if err == nil {
			view, err = view.ParseFS(viewFiles, name)
		}
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		out[strings.TrimSuffix(path.Base(name), ".html")] = view
	}
	return out, nil
}

// assetPath is where a static file is found, with a mark that changes with the file.
func assetPath(name string) (string, error) {
	text, err := assetFiles.ReadFile("assets/" + name)
	if err != nil {
		return "", fmt.Errorf("no asset %s: %w", name, err)
	}
	return fmt.Sprintf("/console/assets/%s?%.6x", name, sha256.Sum256(text)), nil
}

// asset serves a static file. It may be kept for ever: another version has another address.
func (c *Console) asset(v *visit) error {
	name := v.r.PathValue("name")
	text, err := assetFiles.ReadFile("assets/" + name)
	if err != nil {
		return errNoPage
	}
	v.w.Header().Set("Content-Type", mime.TypeByExtension(path.Ext(name)))
	v.w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	v.w.WriteHeader(http.StatusOK)
	_, _ = v.w.Write(text)
	return nil
}
