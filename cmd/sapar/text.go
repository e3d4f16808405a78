package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"
)

// textCmd texts a running server through its channel named form, and prints the reply as the phone would show it.
type textCmd struct {
	Text   string `arg:"" help:"What to text."`
	Phone  string `default:"+996700000001" help:"Number of the phone."`
	To     string `default:"4141" help:"Number or short code it is sent to."`
	Server string `env:"SAPAR_URL" default:"http://127.0.0.1:8080" help:"Address of the server."`
	Secret string `help:"Secret of the server's channel form, when it has one."`
}

// Run texts, and prints the reply.
func (c *textCmd) Run() error {
	address := strings.TrimSuffix(c.Server, "/") + "/sms/form"
	if c.Secret != "" {
		address += "/" + c.Secret
	}
	form := url.Values{"id": {uuid.NewString()}, "from": {c.Phone}, "to": {c.To}, "text": {c.Text}}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("no server answers at %s; start one with make run", address)
	}
	defer response.Body.Close()
	reply, err := io.ReadAll(io.LimitReader(response.Body, 1<<16))
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the server answered %s: %s", response.Status, strings.TrimSpace(string(reply)))
	}
	for line := range strings.SplitSeq(string(reply), "\n") {
		fmt.Println("|", line)
	}
	return nil
}
