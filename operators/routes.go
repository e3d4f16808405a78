package operators

import "github.com/labstack/echo/v4"

// Routes puts the console where it is reached.
func (c *Console) Routes(e *echo.Echo) {
	e.Any("/console", echo.WrapHandler(c))
	e.Any("/console/*", echo.WrapHandler(c))
}
