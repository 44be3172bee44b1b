"""What a browser is given: the web app's files and the viewers of the API's description."""
