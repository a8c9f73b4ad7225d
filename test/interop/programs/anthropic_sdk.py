# The Anthropic SDK's own tool runner over Messages, streamed.
from anthropic import Anthropic, beta_tool

from desk import heard, lookup, model, prompt, report

runner = Anthropic().beta.messages.tool_runner(
    model=model, max_tokens=1024, stream=True, messages=[{"role": "user", "content": prompt}], tools=[beta_tool(lookup)],
)
message = None
for stream in runner:
    for event in stream:
        if event.type == "text":
            heard(event.text)
    message = stream.get_final_message()
report("".join(block.text for block in message.content if block.type == "text"))
