throw new Error('this app does not start')
