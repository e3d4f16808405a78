package sms

import "github.com/labstack/echo/v4"

// Routes puts the door on the router: /sms/<channel>[/<secret>] for texts, and …/status[/<our message id>] for delivery reports.
func (d *Door) Routes(e *echo.Echo) {
	received := func(c echo.Context) error {
		d.Received(c.Response(), c.Request(), c.Param("channel"), c.Param("secret"))
		return nil
	}
	reported := func(c echo.Context) error {
		d.Reported(c.Response(), c.Request(), c.Param("channel"), c.Param("secret"))
		return nil
	}
	e.Any("/sms/:channel", received)
	e.Any("/sms/:channel/status", reported)
	e.Any("/sms/:channel/status/:id", reported)
	e.Any("/sms/:channel/:secret", received)
	e.Any("/sms/:channel/:secret/status", reported)
	e.Any("/sms/:channel/:secret/status/:id", reported)
}
