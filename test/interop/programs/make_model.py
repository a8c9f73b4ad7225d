# Makes a language model of half a megabyte: the shape of Llama, two layers, random weights, words of ours. What it says is nonsense; that a
# server is asked, counts tokens and streams is not. The argument is the file to write.
import sys

import gguf
import numpy

width, heads, layers, inner, context = 64, 4, 2, 128, 4096
words = "the a of to and is on in for with that harbour window letter morning boat train garden river stone paper lamp table cloud road late blue old slow soft".split()


def vocabulary():
    """Special tokens, every byte (so that any prompt can be read), and words: token, score, type."""
    kinds = gguf.TokenType
    special = [("<unk>", 0.0, kinds.UNKNOWN), ("<s>", 0.0, kinds.CONTROL), ("</s>", 0.0, kinds.CONTROL)]
    letters = [(chr(code), -20.0, kinds.NORMAL) for code in range(33, 127)]
    spoken = [("\u2581" + word, -1.0 - at, kinds.NORMAL) for at, word in enumerate(words)]
    return special + [(f"<0x{code:02X}>", 0.0, kinds.BYTE) for code in range(256)] + [("\u2581", -10.0, kinds.NORMAL)] + letters + spoken


def make_model(path):
    tokens = vocabulary()
    dice = numpy.random.default_rng(6)
    noise = lambda *shape: dice.normal(0, 0.05, shape).astype(numpy.float32)
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("portcullis-interop")
    writer.add_context_length(context)
    writer.add_embedding_length(width)
    writer.add_block_count(layers)
    writer.add_feed_forward_length(inner)
    writer.add_head_count(heads)
    writer.add_head_count_kv(heads)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(width // heads)
    writer.add_tokenizer_model("llama")
    writer.add_token_list([token for token, _, _ in tokens])
    writer.add_token_scores([score for _, score, _ in tokens])
    writer.add_token_types([kind for _, _, kind in tokens])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_chat_template("{% for message in messages %}{{ message['role'] + ': ' + message['content'] + '\n' }}{% endfor %}{{ 'assistant:' }}")
    # One component of every state is the same, and the weights of the last layer make it say words: bytes alone would be no text.
    embedding = noise(len(tokens), width)
    embedding[:, 0] = 1.0
    said = noise(len(tokens), width)
    said[:, 0] = [0.5 if token[0] == "\u2581" and len(token) > 1 else -20.0 for token, _, _ in tokens]
    writer.add_tensor("token_embd.weight", embedding)
    writer.add_tensor("output.weight", said)
    writer.add_tensor("output_norm.weight", numpy.ones(width, dtype=numpy.float32))
    for layer in range(layers):
        name = f"blk.{layer}."
        for part in ("attn_norm", "ffn_norm"):
            writer.add_tensor(f"{name}{part}.weight", numpy.ones(width, dtype=numpy.float32))
        for part in ("attn_q", "attn_k", "attn_v", "attn_output"):
            writer.add_tensor(f"{name}{part}.weight", noise(width, width))
        for part in ("ffn_gate", "ffn_up"):
            writer.add_tensor(f"{name}{part}.weight", noise(inner, width))
        writer.add_tensor(f"{name}ffn_down.weight", noise(width, inner))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    make_model(sys.argv[1])
