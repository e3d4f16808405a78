package ussd

import "github.com/labstack/echo/v4"

// Routes puts the door on the router: /ussd/<channel>[/<secret>], and …/events for notices that a session is over.
// The carrier's kind says which methods it uses.
func (d *Door) Routes(e *echo.Echo) {
	dialled := func(c echo.Context) error {
		d.Dialled(c.Response(), c.Request(), c.Param("channel"), c.Param("secret"))
		return nil
	}
	ended := func(c echo.Context) error {
		d.Ended(c.Response(), c.Request(), c.Param("channel"), c.Param("secret"))
		return nil
	}
	e.Any("/ussd/:channel", dialled)
	e.Any("/ussd/:channel/events", ended)
	e.Any("/ussd/:channel/:secret", dialled)
	e.Any("/ussd/:channel/:secret/events", ended)
}
